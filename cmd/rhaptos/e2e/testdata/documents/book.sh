# book FOLDER TITLE: writes a small book of two pages and commits it.
book() {
	mkdir -p "$1/src"
	printf '[book]\ntitle = "%s"\nlanguage = "en"\n' "$2" > "$1/book.toml"
	printf '# Summary\n\n- [The sea](sea.md)\n- [The moon](moon.md)\n' > "$1/src/SUMMARY.md"
	printf '# The sea\n\nThe sea rises and falls.\n' > "$1/src/sea.md"
	printf '# The moon\n\nThe moon pulls the sea.\n' > "$1/src/moon.md"
	git -C "$1" init -q -b main
	git -C "$1" add .
	git -C "$1" commit -q -m 'First edition'
}

# account NAME: adds an account with its key, and stores a token for it.
account() {
	rhaptos user add "$1" --key "$1.pub" --admin
	rhaptos token create "$1" > token
}

# published REPOSITORY RELEASE: waits for a release.
published() {
	until rhaptos release list "$1" | grep -q "$2"; do sleep 0.1; done
}
