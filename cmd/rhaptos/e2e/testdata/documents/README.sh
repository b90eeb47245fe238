# In a repository with a book.
. "$SETUP/book.sh"
book notes Notes
mv bin notes
cd notes
