# A data folder at $LIBRARY, with a published book, whose server has stopped.
. "$SETUP/book.sh"
export RHAPTOS_DATA="$LIBRARY"
rhaptos serve > served &
server=$!
until grep -q '^serving' served; do sleep 0.1; done
account ann
rhaptos repo create ann/tides
book tides Tides
git -C tides push -q "$(sed -n 's/^serving \(http[^ ]*\).*/\1/p' served)/ann/tides.git" main
published ann/tides tides@1.1
kill "$server"
wait "$server"
