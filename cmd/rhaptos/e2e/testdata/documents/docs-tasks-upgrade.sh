. "$SETUP/library.sh"
