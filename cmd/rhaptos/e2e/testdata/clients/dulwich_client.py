"""dulwich_client.py URL NAME TOKEN DIR: clones, shallow-clones, pushes and fetches with dulwich."""
import os
import sys

from dulwich import porcelain
from dulwich.repo import Repo

url, name, token, folder = sys.argv[1:]
access = {"username": name, "password": token}
WHO = b"Dul <dul@example.org>"


def clone(target, **more):
    return porcelain.clone(url, os.path.join(folder, target), errstream=open(os.devnull, "wb"), **access, **more)


def commit(repo, file, text):
    path = os.path.join(repo.path, file)
    with open(path, "w") as f:
        f.write(text)
    porcelain.add(repo, [path])
    return porcelain.commit(repo, message=file.encode(), author=WHO, committer=WHO)


def push(repo, *specs):
    porcelain.push(repo, url, list(specs), outstream=open(os.devnull, "wb"), errstream=open(os.devnull, "wb"), **access)


def fetch(repo):
    return porcelain.fetch(repo, url, outstream=open(os.devnull, "w"), errstream=open(os.devnull, "wb"), **access)


full = clone("full")
assert len(list(full.get_walker())) > 1, "the whole history comes"
shallow = clone("shallow", depth=1)
assert len(list(Repo(shallow.path).get_walker())) == 1, "depth 1 is one commit"

first = commit(full, "dul-full.txt", "from a full clone\n")
push(full, b"refs/heads/main:refs/heads/main")
refs = fetch(full).refs
assert refs[b"refs/heads/main"] == first, refs

push(full, b"refs/heads/main:refs/heads/dul")
assert fetch(full).refs[b"refs/heads/dul"] == first
push(full, b":refs/heads/dul")
assert b"refs/heads/dul" not in fetch(full).refs

second = clone("second")
last = commit(second, "dul-second.txt", "from a second clone\n")
push(second, b"refs/heads/main:refs/heads/main")
assert fetch(full).refs[b"refs/heads/main"] == last
assert last in full.object_store, "what was fetched is here"
print(last.decode())
