# Ann has a clone of her published book, and Bob has an account.
. "$SETUP/book.sh"
rhaptos user add ann --key ann.pub
rhaptos user add bob --key bob.pub
rhaptos token create ann > token
rhaptos repo create ann/tides
book tides Tides
cd tides
git remote add origin "$URL/ann/tides.git"
git push -q origin main
published ann/tides tides@1.1
