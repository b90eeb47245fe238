# A repository on the server.
. "$SETUP/book.sh"
account ann
rhaptos repo create ann/tides
