# In a clone of a published book; DIR is another folder with a book.
. "$SETUP/book.sh"
account ann
rhaptos repo create ann/algebra
book algebra Algebra
cd algebra
git remote add origin "$URL/ann/algebra.git"
git push -q origin main
git fetch -q
published ann/algebra algebra@1.1
book DIR Geometry
rm -rf DIR/.git
echo DIR >> .git/info/exclude
