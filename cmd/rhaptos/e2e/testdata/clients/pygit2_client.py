"""pygit2_client.py URL NAME TOKEN DIR: clones, pushes and fetches with libgit2, by its Python binding.

The libgit2 of Debian 12 cannot make shallow clones."""
import os
import sys

import pygit2

url, name, token, folder = sys.argv[1:]
WHO = pygit2.Signature("Lib", "lib@example.org")


class Callbacks(pygit2.RemoteCallbacks):
    def __init__(self):
        super().__init__(credentials=pygit2.UserPass(name, token))

    def push_update_reference(self, refname, message):
        assert message is None, f"{refname}: {message}"


def clone(target):
    return pygit2.clone_repository(url, os.path.join(folder, target), callbacks=Callbacks())


def commit(repo, file, text):
    with open(os.path.join(repo.workdir, file), "w") as f:
        f.write(text)
    repo.index.add(file)
    repo.index.write()
    return repo.create_commit("HEAD", WHO, WHO, file, repo.index.write_tree(), [repo.head.target])


def push(repo, *specs):
    repo.remotes["origin"].push(list(specs), callbacks=Callbacks())


def fetch(repo):
    repo.remotes["origin"].fetch(callbacks=Callbacks(), prune=pygit2.GIT_FETCH_PRUNE)


full, other = clone("full"), clone("other")
assert len(list(full.walk(full.head.target))) > 1, "the whole history comes"

first = commit(full, "lib-full.txt", "from a clone\n")
push(full, "refs/heads/main:refs/heads/main", "refs/heads/main:refs/heads/lib")
fetch(other)
assert other.references["refs/remotes/origin/main"].target == first
assert other.references["refs/remotes/origin/lib"].target == first

push(full, ":refs/heads/lib")
fetch(other)
assert "refs/remotes/origin/lib" not in other.references
print(first)
