package hooks_test

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver/contribution"
	"github.com/rhaptos/rhaptos/gitserver/gitexec"
	gittree "github.com/rhaptos/rhaptos/gitserver/tree"
	"github.com/rhaptos/rhaptos/hooks"
)

// mergeDesk is a repository in which branches are merged.
type mergeDesk struct {
	*testing.T
	git  *gitexec.Git
	dir  string
	made map[string]string // ids of blobs and commits that were written, by what they are
}

// once returns the id that write wrote before, or writes now: a process takes long.
func (d *mergeDesk) once(what string, write func() string) string {
	if d.made[what] == "" {
		d.made[what] = write()
	}
	return d.made[what]
}

func newMergeDesk(t *testing.T) *mergeDesk {
	git, err := gitexec.Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	d := &mergeDesk{t, git, filepath.Join(t.TempDir(), "r.git"), map[string]string{}}
	d.run("", "init", "-q", "--bare", d.dir)
	return d
}

func (d *mergeDesk) Environment() []string { return []string{"GIT_DIR=" + d.dir} }

func (d *mergeDesk) Tree(commit plumbing.Hash) (fs.FS, error) {
	objects, err := gittree.Open(d.dir)
	if err != nil {
		return nil, err
	}
	d.Cleanup(func() { objects.Close() })
	return objects.Commit(commit)
}

func (d *mergeDesk) run(in string, args ...string) string {
	d.Helper()
	var out strings.Builder
	c := gitexec.Command{Args: args, Env: append(d.Environment(), "GIT_INDEX_FILE="+d.dir+"/i"), Stdout: &out, Stdin: strings.NewReader(in)}
	if err := d.git.Run(context.Background(), c); err != nil {
		d.Fatal(err)
	}
	return strings.TrimSuffix(out.String(), "\n")
}

// files are a tree: by path the text, behind "x:" of an executable file, behind "l:"
// the target of a link; behind "s:" something that a submodule's commit stands for.
type files map[string]string

// with is the tree with other files; those of an empty text are removed.
func (f files) with(other files) files {
	out := maps.Clone(f)
	for name, text := range other {
		if out[name] = text; text == "" {
			delete(out, name)
		}
	}
	return out
}

func (d *mergeDesk) commit(f files, parents ...plumbing.Hash) plumbing.Hash {
	return plumbing.NewHash(d.once(fmt.Sprintf("commit %q %v", f, parents), func() string { return d.newCommit(f, parents).String() }))
}

func (d *mergeDesk) newCommit(f files, parents []plumbing.Hash) plumbing.Hash {
	d.Helper()
	var index strings.Builder
	for _, name := range slices.Sorted(maps.Keys(f)) {
		mode, text := "100644", f[name]
		for prefix, m := range map[string]string{"x:": "100755", "l:": "120000", "s:": "160000"} {
			if rest, ok := strings.CutPrefix(text, prefix); ok {
				mode, text = m, rest
			}
		}
		id := plumbing.ComputeHash(plumbing.CommitObject, []byte(text)).String()
		if mode != "160000" {
			id = d.once("blob "+text, func() string { return d.run(text, "hash-object", "-w", "--stdin") })
		}
		fmt.Fprintf(&index, "%s %s\t%s\x00", mode, id, name)
	}
	os.Remove(d.dir + "/i")
	d.run(index.String(), "update-index", "-z", "--index-info")
	id, err := d.git.CommitTree(d.Context(), d.Environment(), plumbing.NewHash(d.run("", "write-tree")), gitexec.Commit{By: gitexec.Person{Name: "ann", Address: "ann@example.org", At: time.Unix(1e9, 0)}, Message: "x", Parents: parents})
	if err != nil {
		d.Fatal(err)
	}
	return id
}

// merged merges three trees with what the server uses, and as git does.
func (d *mergeDesk) merged(base, ours, theirs files) (got, plain *contribution.Merged) {
	d.Helper()
	b := d.commit(base)
	o, t := d.commit(ours, b), d.commit(theirs, b)
	return d.mergeCommits(b, o, t)
}

func (d *mergeDesk) mergeCommits(b, o, t plumbing.Hash) (got, plain *contribution.Merged) {
	d.Helper()
	books := contribution.TreeMerger{Git: d.git, Files: hooks.BookMerger{Log: slog.New(slog.DiscardHandler)}}
	got, err := books.Merge(d.Context(), d, b, o, t)
	if err != nil {
		d.Fatal(err)
	}
	if plain, err = (contribution.GitMerger{Git: d.git}).Merge(d.Context(), d, b, o, t); err != nil {
		d.Fatal(err)
	}
	return got, plain
}

func (d *mergeDesk) list(tree plumbing.Hash) string { return d.run("", "ls-tree", "-r", tree.String()) }

const moonText = "# The moon\n\nThe moon pulls the sea.\n\nThe water rises twice a day.\n"

var tides = files{
	"book.toml": "[book]\ntitle = \"Tides\"\n", "src/SUMMARY.md": "# Summary\n\n- [The moon](moon.md)\n- [The wind](wind.md)\n",
	"src/moon.md": moonText, "src/wind.md": "# The wind\n\nWind moves water as well.\n",
	"src/sea.png": "\x89PNG one", "run.sh": "#!/bin/sh\n", "link": "l:run.sh", "module": "s:1", "notes.txt": "one\ntwo\nthree\nfour\nfive\n",
}

// What is no text of a book is merged as git does: modes, links, submodules, media, and
// folders.
func TestMergeAsGit(t *testing.T) {
	d := newMergeDesk(t)
	edited := files{"src/moon.md": strings.Replace(moonText, "pulls", "draws", 1)}
	for i, c := range []struct {
		name         string
		ours, theirs files
	}{
		{"one side", files{"src/moon.md": moonText + "More.\n"}, files{"src/wind.md": "x"}},
		{"the same change", edited, edited},
		{"two places", edited, files{"src/moon.md": moonText + "\nMore.\n"}},
		{"mode and text", files{"run.sh": "x:#!/bin/sh\n"}, files{"run.sh": "#!/bin/sh\necho\n"}},
		{"modes", files{"run.sh": "x:#!/bin/sh\n"}, files{"run.sh": "x:#!/bin/sh\n", "src/moon.md": "x"}},
		{"mode and text of a chapter", files{"src/moon.md": "x:" + moonText}, edited},
		{"mode and medium", files{"src/sea.png": "x:\x89PNG one"}, files{"src/sea.png": "\x89PNG two"}},
		{"medium", files{"src/sea.png": "\x89PNG two"}, edited},
		{"both media", files{"src/sea.png": "\x89PNG two"}, files{"src/sea.png": "\x89PNG three"}},
		{"medium removed", files{"src/sea.png": ""}, files{"src/sea.png": "\x89PNG three"}},
		{"link", files{"link": "l:other"}, edited},
		{"both links", files{"link": "l:other"}, files{"link": "l:third"}},
		{"link and file", files{"link": "l:other"}, files{"link": "a file"}},
		{"file and link", files{"src/wind.md": "l:moon.md"}, files{"src/wind.md": "Wind."}},
		{"submodule", files{"module": "s:2"}, edited},
		{"both submodules", files{"module": "s:2"}, files{"module": "s:3"}},
		{"removed", files{"src/wind.md": ""}, edited},
		{"both removed", files{"src/wind.md": ""}, files{"src/wind.md": "", "src/moon.md": "x"}},
		{"removed and changed", files{"src/wind.md": ""}, files{"src/wind.md": "x"}},
		{"added", files{"src/a.md": "a\n"}, files{"src/b.md": "b\n"}},
		{"both added alike", files{"src/a.md": "a\n"}, files{"src/a.md": "a\n", "src/b.md": "x"}},
		{"both added", files{"src/a.md": "What is here was written by one.\n"}, files{"src/a.md": "The other wrote something else.\n"}},
		{"file and folder", files{"src/a": "a"}, files{"src/a/b.md": "b"}},
		{"file to folder", files{"run.sh": "", "run.sh/a": "a"}, edited},
		{"file to folder, and changed", files{"run.sh": "", "run.sh/a": "a"}, files{"run.sh": "changed"}},
		{"folder to file", files{"src/wind.md": "", "src/moon.md": "", "src/SUMMARY.md": "", "src/sea.png": "", "src": "a"}, files{"src/new.md": "new"}},
		{"names", files{"src/a\tb \"c\".md": "x"}, files{"src/ä\n.md": "y"}},
	} {
		ours, theirs := tides.with(c.ours), tides.with(c.theirs)
		if i%2 == 1 {
			ours, theirs = theirs, ours
		}
		got, plain := d.merged(tides, ours, theirs)
		if len(got.Conflicts) > 0 != (len(plain.Conflicts) > 0) {
			t.Errorf("%s: conflicts %q, git %q", c.name, got.Conflicts, plain.Conflicts)
		} else if len(got.Conflicts) == 0 && got.Tree != plain.Tree {
			t.Errorf("%s:\n%s\ngit:\n%s", c.name, d.list(got.Tree), d.list(plain.Tree))
		}
		if len(got.Notices) > 0 && strings.Contains(got.Notices[0], "by lines") {
			t.Errorf("%s: %q", c.name, got.Notices)
		}
	}
}

// Where git's merge conflicts or is wrong, the server merges books by what is in them.
func TestMergeBooks(t *testing.T) {
	d := newMergeDesk(t)
	long := "The moon pulls the sea, and the sea follows it around the earth. Nobody on the shore can see more of it than a rising water.\n"
	base := tides.with(files{"src/moon.md": "# The moon\n\n" + long})
	for _, c := range []struct {
		name         string
		ours, theirs files
		want         files // beside what is in the base
		conflict     string
	}{
		{"two sentences", files{"src/moon.md": "# The moon\n\n" + strings.Replace(long, "pulls", "draws", 1)},
			files{"src/moon.md": "# The moon\n\n" + strings.Replace(long, "rising", "growing", 1)},
			files{"src/moon.md": "# The moon\n\n" + strings.NewReplacer("pulls", "draws", "rising", "growing").Replace(long)}, ""},
		{"moved and edited", files{"src/SUMMARY.md": "# Summary\n\n- [The wind](wind.md)\n- [The moon](moon.md)\n", "src/moon.md": "# The moon\n\n" + strings.Replace(long, "pulls", "draws", 1)},
			files{"src/SUMMARY.md": "# Summary\n\n- [The moon above](moon.md)\n- [The wind](wind.md)\n"},
			files{"src/SUMMARY.md": "# Summary\n\n- [The wind](wind.md)\n- [The moon above](moon.md)\n", "src/moon.md": "# The moon\n\n" + strings.Replace(long, "pulls", "draws", 1)}, ""},
		{"renamed and edited", files{"src/moon.md": "", "src/tide.md": "# The moon\n\n" + long}, files{"src/moon.md": "# The moon\n\n" + strings.Replace(long, "pulls", "draws", 1)},
			files{"src/moon.md": "", "src/tide.md": "# The moon\n\n" + strings.Replace(long, "pulls", "draws", 1)}, ""},
		{"the same words", files{"src/moon.md": "# The moon\n\n" + strings.Replace(long, "pulls", "draws", 1)},
			files{"src/moon.md": "# The moon\n\n" + strings.Replace(long, "pulls", "tears", 1)}, nil,
			`src/moon.md (The moon): both sides changed the same words: "`},
		{"removed and edited", files{"src/moon.md": "# The moon\n"}, files{"src/moon.md": "# The moon\n\n" + strings.Replace(long, "pulls", "tears", 1)}, nil,
			`src/moon.md (The moon): the branch removed what the contribution changed: "`},
		{"a medium", files{"src/sea.png": "\x89PNG two"}, files{"src/sea.png": "\x89PNG three"}, nil, "src/sea.png: both sides changed this file, which is not merged as text"},
	} {
		got, _ := d.merged(base, base.with(c.ours), base.with(c.theirs))
		if c.conflict != "" {
			if len(got.Conflicts) != 1 || !strings.HasPrefix(got.Conflicts[0], c.conflict) {
				t.Errorf("%s: %q, want %q", c.name, got.Conflicts, c.conflict)
			}
			continue
		}
		want := d.run("", "rev-parse", d.commit(base.with(c.want)).String()+"^{tree}")
		if len(got.Conflicts) > 0 || got.Tree.String() != want {
			t.Errorf("%s: %q\n%s\nwant:\n%s", c.name, got.Conflicts, d.list(got.Tree), d.list(plumbing.NewHash(want)))
		}
	}
}

// What is not merged by what is in it is merged by git, and that is said.
func TestMergeByLines(t *testing.T) {
	d := newMergeDesk(t)
	check := func(why string, got, plain *contribution.Merged) {
		t.Helper()
		if got.Tree != plain.Tree || !slices.Equal(got.Conflicts, plain.Conflicts) || len(got.Notices) != 1 || !strings.Contains(got.Notices[0], why) {
			t.Errorf("%+v, git %+v, want %q", got, plain, why)
		}
	}
	plainFiles := files{"a.md": "One.\n\nTwo.\n\nThree.\n"}
	got, plain := d.merged(plainFiles, files{"a.md": "1.\n\nTwo.\n\nThree.\n"}, files{"a.md": "One.\n\nTwo.\n\n3.\n"})
	check("there is no book", got, plain)

	// A criss-cross merge has two bases.
	base := d.commit(tides)
	a, b := d.commit(tides.with(files{"src/wind.md": "A\n"}), base), d.commit(tides.with(files{"src/moon.md": "B\n"}), base)
	both := tides.with(files{"src/wind.md": "A\n", "src/moon.md": "B\n"})
	ab, ba := d.commit(both, a, b), d.commit(both, b, a)
	got, plain = d.mergeCommits(a, d.commit(both.with(files{"src/wind.md": "AA\n"}), ab), d.commit(both.with(files{"src/moon.md": "BB\n"}), ba))
	check("merged each other before", got, plain)

	large := files{}
	for i := range 10 {
		large[fmt.Sprintf("src/%d.md", i)] = strings.Repeat(fmt.Sprintf("Word %d of many.\n", i), 60_000)
	}
	base1, ours := files{}, files{}
	for name, text := range large {
		base1[name], ours[name] = text, "First.\n"+text
	}
	got, plain = d.merged(tides.with(base1), tides.with(ours), tides.with(base1).with(files{"src/0.md": large["src/0.md"] + "Last.\n"}))
	check("too much has changed", got, plain)
}

// A conflict calls what it is about as readers know it.
func TestMergeNamesFigures(t *testing.T) {
	d := newMergeDesk(t)
	module := func(caption string) string {
		return `<document xmlns="http://cnx.rice.edu/cnxml" cnxml-version="0.7" id="new"><title>Kettles</title>
<metadata xmlns:md="http://cnx.rice.edu/mdml" mdml-version="0.5"><md:content-id>m1</md:content-id><md:title>Kettles</md:title><md:uuid>4c1b0a3e-52ba-4b0e-a8a4-5d7ae6e13f61</md:uuid></metadata>
<content><para id="p1">Look at it.</para>
<figure id="f1"><media id="i1" alt="a kettle"><image mime-type="image/png" src="../../media/k.png"/></media><caption>One.</caption></figure>
<figure id="f2"><media id="i2" alt="a kettle"><image mime-type="image/png" src="../../media/k.png"/></media><caption>` + caption + `</caption></figure>
</content></document>
`
	}
	base := files{
		"META-INF/books.xml":             `<container xmlns="https://openstax.org/namespaces/book-container" version="1"><book slug="tea" style="default" href="../collections/tea.collection.xml"/></container>`,
		"collections/tea.collection.xml": `<col:collection xmlns:col="http://cnx.rice.edu/collxml" xmlns:md="http://cnx.rice.edu/mdml"><col:metadata><md:title>Tea</md:title><md:slug>tea</md:slug><md:uuid>5b2f2f5e-93a5-47c1-b1b0-44a0d1ab1f4c</md:uuid><md:license url="http://creativecommons.org/licenses/by/4.0/">CC BY</md:license></col:metadata><col:content><col:subcollection><md:title>Water</md:title><col:content><col:module document="m1"/></col:content></col:subcollection></col:content></col:collection>`,
		"modules/m1/index.cnxml":         module("A kettle boils."), "media/k.png": "\x89PNG",
	}
	got, _ := d.merged(base, base.with(files{"modules/m1/index.cnxml": module("A kettle sings.")}), base.with(files{"modules/m1/index.cnxml": module("A kettle hisses.")}))
	want := `modules/m1/index.cnxml (Kettles): both sides changed the caption of Figure 1.2: "A kettle sings." against "A kettle hisses."`
	if !slices.Equal(got.Conflicts, []string{want}) {
		t.Errorf("%q, want %q", got.Conflicts, want)
	}
}
