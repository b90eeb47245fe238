package cnxml

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/testenv"
)

// TestXMLLint has libxml2 judge the same files: the sources of the other tests
// and some thousand that are made of pieces of markup or are slightly broken.
// The verdict is the same, but where exception says why not.
func TestXMLLint(t *testing.T) {
	testenv.Program(t, "xmllint")
	const seed = 20
	t.Logf("seed %d", seed)
	files := corpus(rand.New(rand.NewPCG(seed, seed)), 4000)
	refused := xmllint(t, files)
	count := map[bool]int{}
	for i, data := range files {
		root, faults := Parse(data, Limits{})
		if ours := root == nil; ours == refused[i] {
			count[ours]++
		} else if exception(data, faults) == "" {
			t.Errorf("%q: we refuse it: %t, libxml2 does: %t: %v", data, ours, refused[i], faults)
		}
	}
	t.Logf("%d files taken by both, %d refused by both, of %d", count[false], count[true], len(files))
	if min(count[true], count[false]) < len(files)/10 {
		t.Error("the files do not tell the two apart")
	}
}

// exception is why libxml2 takes a file that we refuse, or the other way round;
// empty if there is no reason.
func exception(data []byte, faults []Fault) string {
	for _, f := range faults {
		switch {
		case f.Rule == "xml-doctype":
			return "document type declarations are not taken"
		case f.Rule == "xml-limit":
			return "limits are our own"
		case strings.HasPrefix(f.Message, "the file declares the encoding"):
			return "UTF-8 is the only encoding taken"
		case strings.Contains(f.Message, "U+0000"):
			return "libxml2 ends a file at a NUL behind its root"
		case strings.HasPrefix(f.Message, "the XML declaration is not") && bytes.Contains(data, []byte("'1.'")):
			return "libxml2 takes a version without a minor number (XML 1.0, production 26)"
		}
	}
	return ""
}

// xmllint reports for each file whether libxml2 refuses it. Faults of
// namespaces count, which the exit code does not tell; but not that a namespace
// is no URI, which Namespaces in XML 1.0, section 2.2, lets a program not see.
func xmllint(t *testing.T, files [][]byte) []bool {
	t.Helper()
	dir := t.TempDir()
	args := []string{"--noout", "--nonet"}
	for i, data := range files {
		name := fmt.Sprintf("%06d.xml", i)
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, name)
	}
	cmd := exec.Command("xmllint", args...)
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil && cmd.ProcessState.ExitCode() < 0 {
		t.Fatal(err)
	}
	refused := make([]bool, len(files))
	for _, m := range regexp.MustCompile(`(?m)^(\d{6})\.xml:\d+: [a-zA-Z ]*error : (.*)$`).FindAllSubmatch(stderr.Bytes(), -1) {
		if bytes.HasSuffix(m[2], []byte("is not a valid URI")) {
			continue
		}
		var i int
		fmt.Sscanf(string(m[1]), "%d", &i)
		refused[i] = true
	}
	return refused
}

// pieces are what the made files consist of.
var pieces = []string{
	"<a>", "</a>", "<a>", "</a>", "<b c='d'>", "</b>", "<e/>", "x", " ", "\n", "ż", "<f g=\"h\" i='j'/>", "&lt;", "&amp;", "&#65;", "&#x1F600;",
	"<!-- k -->", "<![CDATA[l]]>", "<?m n?>", "<x:a xmlns:x='u'>", "</x:a>", "<y:b/>", "<a xmlns='v'>", "<ż/>", "<\u0220/>", "<a.b-c_d/>", "<a ż='1'/>",
	"<a b='' b=''/>", "<a b=''c=''/>", "&", "&nbsp;", "&#0;", "&#xFFFE;", "&#55296;", "]]>", "--", "<", ">", "'", "\"", "<!-- -- -->", "<!--->", "<!---->",
	"<?xml version='1.0'?>", "<?xml?>", "<?XmL?>", "<?a:b?>", "<? a?>", "<?a?b?>", "<:a/>", "<a:/>", "<a:b:c/>", "<a xml:b=''/>", "<xml:a/>", "<xmlns:a/>",
	"<a xmlns:xml='http://www.w3.org/XML/1998/namespace'/>", "<a xmlns:xmlns='u'/>", "<a xmlns:p=''/>", "<a xmlns:p='u' xmlns:q='u' p:r='' q:r=''/>",
	"<a b='<'/>", "<a b='&lt;&#60;'/>", "<a b='>'/>", "<a b=\"'\"/>", "<a b=c/>", "<a b/>", "<a =''/>", "<a / >", "</a >", "</ a>", "<a\t\r\n/>", "</a b=''>",
	"\x00", "\x1b", "\x7f", "\u0085", "\ufffe", "\ufeff", "\r\n", "\r", "\xff", "<1/>", "<-a/>", "<a·/>", "<·a/>", "<a $=''/>",
	"<a xmlns='http://www.w3.org/2000/xmlns/'/>", "<a xmlns:p='http://www.w3.org/XML/1998/namespace'/>", "<a xmlns='http://www.w3.org/XML/1998/namespace'/>",
	"<!DOCTYPE a>", "<![CDATA[", "<!--", "<?z", "<!X>", "<a xmlns=''/>", "<p:a xmlns:p='u'><p:b/></p:a>", "<a p:b='' xmlns:p='u'/>", "<a xmlns='u' xmlns='u'/>",
}

// corpus is files to be checked: whole ones, whole ones with a slip, and some
// that are made of pieces.
func corpus(random *rand.Rand, n int) [][]byte {
	whole := append([]string{}, seeds...)
	whole = append(whole,
		"<?xml version=\"1.0\" encoding='UTF-8' standalone='no' ?>\n<!-- a -->\n<?b c?><d xmlns='u' e='f'>g<h i=\"j\">&gt;</h><k/></d>\n<!-- l -->\n",
		"<a xmlns:m='u' m:b='1' b='2'><m:c><![CDATA[<x>]]></m:c><?p q?><d e='&quot;'>\u00e9\U0001F600</d></a>",
		"<?xml version='1.1'?><a/>", "<?xml version='1.0' standalone='maybe'?><a/>", "<?xml  version = '1.0'?><a/>", "<?xml version='1.0'encoding='utf-8'?><a/>",
		"\ufeff\n<a/>", "\ufeff<?xml version='1.0'?><a/>", " <?xml version='1.0'?><a/>", "<?xml-a b?><a/>", "<?xml version='1.0' ?>\n\n<a>\n</a>\n\n", "<?xml version='1.0' encoding='latin-1'?><a/>",
		"<a>"+strings.Repeat("<b>", 200)+strings.Repeat("</b>", 200)+"</a>")
	var files [][]byte
	for _, s := range whole {
		files = append(files, []byte(s))
	}
	for _, s := range pieces {
		files = append(files, []byte(s), []byte("<r>"+s+"</r>"), []byte("<r q='"+strings.ReplaceAll(s, "'", "")+"'/>"), []byte("<r/>"+s))
	}
	for len(files) < n {
		var b []byte
		if random.IntN(2) == 0 {
			b = []byte(whole[random.IntN(len(whole))])
			for range 1 + random.IntN(2) {
				b = slip(random, b)
			}
		} else {
			b = append(b, "<r>"...)
			for range random.IntN(6) {
				b = append(b, pieces[random.IntN(len(pieces))]...)
			}
			b = append(b, "</r>"...)
		}
		files = append(files, b)
	}
	return files
}

// slip drops, doubles or changes a little of the file.
func slip(random *rand.Rand, b []byte) []byte {
	if len(b) == 0 {
		return b
	}
	at := random.IntN(len(b))
	end := min(at+1+random.IntN(3), len(b))
	var put []byte
	switch random.IntN(4) {
	case 0: // drop
	case 1:
		put = append(append(put, b[at:end]...), b[at:end]...)
	case 2:
		put = []byte(pieces[random.IntN(len(pieces))])
		end = at
	case 3:
		put = []byte{"<>&'\"=/!?- :;#a1[]"[random.IntN(18)]}
		end = at + 1
	}
	return append(append(append([]byte{}, b[:at]...), put...), b[end:]...)
}
