package export

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// maxLookedThrough is how large a PDF may be for its places to be looked for,
// in bytes.
const maxLookedThrough = 256 << 20

// What Chromium writes, object by object and without compressing those that are
// looked for (PDF 1.7, sections 7.7.3.2 and 12.3.2.3).
var (
	pageObject  = regexp.MustCompile(`(?s)\n(\d+) 0 obj\n<<(/Type /Pages?\b.*?)endobj`)
	pdfKids     = regexp.MustCompile(`(?s)/Kids \[(.*?)\]`)
	pdfParent   = regexp.MustCompile(`/Parent \d+ 0 R`)
	pdfNames    = regexp.MustCompile(`/Dests (\d+) 0 R`)
	destination = regexp.MustCompile(`/(p\d+) \[(\d+) 0 R `)
)

// destinations are the numbers of the pages of a PDF at which the pages of the
// book begin, by their places. Whatever is not found is left out.
func destinations(name string) (map[string]int, error) {
	info, err := os.Stat(name)
	if err != nil || info.Size() > maxLookedThrough {
		return nil, err
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	numbers := pageNumbers(data)
	found := map[string]int{}
	names := pdfNames.FindSubmatch(data)
	if names == nil {
		return nil, nil
	}
	begin := bytes.Index(data, []byte("\n"+string(names[1])+" 0 obj\n"))
	if begin < 0 {
		return nil, nil
	}
	object, _, _ := bytes.Cut(data[begin:], []byte("endobj"))
	for _, m := range destination.FindAllSubmatch(object, -1) {
		if n := numbers[string(m[2])]; n > 0 {
			found[string(m[1])] = n
		}
	}
	return found, nil
}

// pageNumbers are the numbers of the pages by those of their objects, from the
// tree of pages.
func pageNumbers(data []byte) map[string]int {
	kids := map[string][]string{}
	root := ""
	for _, m := range pageObject.FindAllSubmatch(data, -1) {
		if !bytes.HasPrefix(m[2], []byte("/Type /Pages")) {
			continue
		}
		list := pdfKids.FindSubmatch(m[2])
		if list == nil {
			continue
		}
		for _, reference := range strings.Split(string(list[1]), "R") {
			if fields := strings.Fields(reference); len(fields) == 2 {
				kids[string(m[1])] = append(kids[string(m[1])], fields[0])
			}
		}
		if !pdfParent.Match(m[2]) {
			root = string(m[1])
		}
	}
	numbers := map[string]int{}
	var walk func(object string, depth int)
	walk = func(object string, depth int) {
		if below, ok := kids[object]; ok && depth < 50 {
			for _, k := range below {
				walk(k, depth+1)
			}
			return
		}
		numbers[object] = len(numbers) + 1
	}
	if root != "" {
		walk(root, 0)
	}
	return numbers
}

var pdfDate = regexp.MustCompile(`/(CreationDate|ModDate) \(D:(\d{14})`)

// sendDated writes a PDF with the time of the release in the place of the time
// at which it was made.
func sendDated(w io.Writer, name string, at time.Time) (err error) {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	head := make([]byte, 64<<10)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("read %s: %w", name, err)
	}
	head = head[:n]
	if !bytes.HasPrefix(head, []byte("%PDF-")) {
		return errors.New("Chromium has made no PDF: it begins with " + strconv.Quote(string(head[:min(n, 20)])))
	}
	date := at.UTC().Format("20060102150405")
	for _, m := range pdfDate.FindAllSubmatchIndex(head, -1) {
		copy(head[m[4]:m[5]], date)
	}
	if _, err := w.Write(head); err != nil {
		return err
	}
	_, err = io.Copy(w, f)
	return err
}
