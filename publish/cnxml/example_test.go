package cnxml_test

import (
	"fmt"

	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// A file that is not well-formed has no tree. Its faults come in the order of
// their places, each cause once, many of them with a replacement.
func ExampleParse() {
	source := `<document xmlns="http://cnx.rice.edu/cnxml">
<title>Tides & currents</title>
<content><para id="p1">The sea <emphasis>rises.</para></content>
</document>`
	root, faults := cnxml.Parse([]byte(source), cnxml.Limits{Bytes: 1 << 20})
	fmt.Println("a tree:", root != nil)
	for _, f := range faults {
		fmt.Println(f)
	}
	// Output:
	// a tree: false
	// 2:14: xml-reference: & is not allowed here; write &amp;
	// 3:48: xml-malformed: <emphasis>, opened at line 3, is not closed before </para>; add </emphasis>
}

// Check finds what is well-formed and not CNXML.
func ExampleCheck() {
	source := `<document xmlns="http://cnx.rice.edu/cnxml">
<title>Tides</title>
<content><para>The sea rises.</para></content>
</document>`
	root, _ := cnxml.Parse([]byte(source), cnxml.Limits{Bytes: 1 << 20})
	fmt.Println(root.Child("title").PlainText())
	for _, f := range cnxml.Check(root) {
		fmt.Println(f)
	}
	// Output:
	// Tides
	// 1:1: metadata-missing: the module has no uuid; add <md:uuid> to its metadata
	// 3:10: id-missing: <para> has no id, so nothing can link to it; add id="para-00001"
}
