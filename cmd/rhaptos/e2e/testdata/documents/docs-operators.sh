# Bob is an admin. There are keys of people and machines, and a settings file.
. "$SETUP/book.sh"
account bob
printf 'data = "%s/served"\n' "$HOME" > rhaptos.toml
for key in other ci office-ca ../bob/laptop; do
	ssh-keygen -q -t ed25519 -N '' -f "$key"
done
export GNUPGHOME="$HOME/gnupg"
mkdir -m 700 "$GNUPGHOME"
gpg -q --batch --passphrase '' --quick-generate-key ann@example.org ed25519
gpg --armor --export > ann.asc
gpgconf --kill all
