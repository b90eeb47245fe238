# Functions that push the sample library to a server. Who includes this file sets base, the
# URL of the server, and sample, the folder of this file, and has a function rhaptos.

books='stitching handbook'

# git, without the settings of the machine and of who sits at it.
git() {
	env GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null GIT_TERMINAL_PROMPT=0 \
		GIT_AUTHOR_NAME=Rhaptos GIT_AUTHOR_EMAIL=sample@rhaptos.invalid GIT_AUTHOR_DATE='2026-01-01T00:00:00Z' \
		GIT_COMMITTER_NAME=Rhaptos GIT_COMMITTER_EMAIL=sample@rhaptos.invalid GIT_COMMITTER_DATE='2026-01-01T00:00:00Z' \
		git "$@"
}

# prepare makes what the server needs to take the books: an account and empty
# repositories.
prepare() {
	rhaptos user list | cut -f1 | grep -qx sample || rhaptos user add sample >/dev/null
	for b in $books; do
		rhaptos repo list | cut -f1 | grep -qx "sample/$b" || rhaptos repo create "sample/$b" >/dev/null
	done
}

# serving fails when the server has ended.
serving() { kill -0 $$ 2>/dev/null; }

# created waits until the server has made the library, which other commands do not make.
created() {
	until rhaptos user list >/dev/null 2>&1; do
		serving || exit 1
		sleep 0.2
	done
}

# answers waits until the server does.
answers() {
	until git ls-remote "$base/sample/stitching.git" >/dev/null 2>&1; do
		serving || exit 1
		sleep 0.2
	done
	serving || exit 1
}

# pushed BOOK: whether the server has it.
pushed() { [ -n "$(git ls-remote "$base/sample/$1.git" refs/heads/main)" ]; }

# push BOOK
push() {
	cp -r "$sample/$1" "$work/$1"
	git -C "$work/$1" init -q -b main
	git -C "$work/$1" add .
	git -C "$work/$1" commit -q -m 'First edition'
	# The helper takes the token from the environment: command lines can be seen
	# by everybody on the machine.
	TOKEN=$token git -C "$work/$1" -c credential.helper='!f() { echo username=sample; echo "password=$TOKEN"; }; f' \
		push "$base/sample/$1.git" main
}

# published waits until the book can be read.
published() {
	until rhaptos release list "sample/$1" | grep -q .; do
		serving || exit 1
		sleep 0.2
	done
}

# forget leaves nothing behind of what load needed.
forget() {
	trap - EXIT
	rm -rf "$work"
	rhaptos token revoke "${id%%_*}"
}

# load pushes the books that the server does not have.
load() {
	missing=
	for b in $books; do
		pushed "$b" || missing="$missing $b"
	done
	[ -n "$missing" ] || return 0
	work=$(mktemp -d)
	token=$(rhaptos token create sample --expires 1h)
	id=${token#rhp_}
	trap forget EXIT
	trap 'exit 1' HUP TERM # a background process does not get Ctrl-C
	for b in $missing; do
		push "$b"
	done
	forget
	for b in $missing; do
		published "$b"
	done
}
