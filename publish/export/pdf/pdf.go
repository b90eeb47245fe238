package pdf

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"time"
)

// file is a PDF that Chromium has written: with a plain table of all objects at
// its end, of which none lie in streams (PDF 1.7, sections 7.5.4 and 7.7). Only
// what is looked for is read.
type file struct {
	r     io.ReaderAt
	table int64 // where the line of object 0 is
	count int   // of objects
}

// Bounds of what is read of a PDF.
const (
	pdfLine     = 20       // bytes of a line of the table
	maxPDFDepth = 50       // of the tree of pages
	maxObject   = 16 << 20 // bytes; the largest is that of all places
)

var (
	pdfTable    = regexp.MustCompile(`startxref\s+(\d+)\s+%%EOF\s*$`)
	pdfRoot     = regexp.MustCompile(`/Root (\d+) 0 R`)
	pdfPages    = regexp.MustCompile(`/Pages (\d+) 0 R`)
	pdfDests    = regexp.MustCompile(`/Dests (\d+) 0 R`)
	pdfKids     = regexp.MustCompile(`(?s)/Kids \[(.*?)\]`)
	pdfKid      = regexp.MustCompile(`(\d+) 0 R`)
	pdfBegin    = regexp.MustCompile(`^xref\s+0 (\d+)\s*\n`)
	destination = regexp.MustCompile(`/(p\d+(?:\.[^\s/\[]+)?) \[(\d+) 0 R `)
)

// Destinations are the numbers of the pages of a PDF on which the places are that
// links lead to. Of a PDF in another form there are none.
func Destinations(name string) (map[string]int, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	p, root, err := openPDF(f)
	if err != nil || root == "" {
		return map[string]int{}, err
	}
	catalog, err := p.object(root)
	if err != nil {
		return nil, err
	}
	pages, names := pdfPages.FindSubmatch(catalog), pdfDests.FindSubmatch(catalog)
	found := map[string]int{}
	if pages == nil || names == nil {
		return found, nil
	}
	numbers := map[string]int{}
	if err := p.number(string(pages[1]), 0, numbers); err != nil {
		return nil, err
	}
	places, err := p.object(string(names[1]))
	for _, m := range destination.FindAllSubmatch(places, -1) {
		if n := numbers[string(m[2])]; n > 0 {
			found[string(m[1])] = n
		}
	}
	return found, err
}

// openPDF finds the table of objects, and which of them is the catalog: "" if
// this is none of Chromium's files.
func openPDF(f *os.File) (p *file, root string, err error) {
	info, err := f.Stat()
	if err != nil {
		return nil, "", err
	}
	end := make([]byte, min(info.Size(), 1024))
	if _, err := f.ReadAt(end, info.Size()-int64(len(end))); err != nil && err != io.EOF {
		return nil, "", fmt.Errorf("read the end of %s: %w", f.Name(), err)
	}
	table, catalog := pdfTable.FindSubmatch(end), pdfRoot.FindSubmatch(end)
	if table == nil || catalog == nil {
		return nil, "", nil
	}
	at, err := strconv.ParseInt(string(table[1]), 10, 64)
	if err != nil {
		return nil, "", nil
	}
	begin := make([]byte, 40)
	n, err := f.ReadAt(begin, at)
	if err != nil && err != io.EOF {
		return nil, "", fmt.Errorf("read the table of %s: %w", f.Name(), err)
	}
	m := pdfBegin.FindSubmatch(begin[:n])
	if m == nil {
		return nil, "", nil
	}
	count, _ := strconv.Atoi(string(m[1]))
	return &file{f, at + int64(len(m[0])), count}, string(catalog[1]), nil
}

// object returns the text between the number of an object and its end; empty if
// there is no such object.
func (p *file) object(number string) ([]byte, error) {
	n, err := strconv.Atoi(number)
	if err != nil || n <= 0 || n >= p.count {
		return nil, nil
	}
	line := make([]byte, pdfLine)
	if _, err := p.r.ReadAt(line, p.table+int64(n)*pdfLine); err != nil {
		return nil, fmt.Errorf("read the table of a PDF: %w", err)
	}
	at, err := strconv.ParseInt(string(line[:10]), 10, 64)
	if err != nil {
		return nil, nil
	}
	for size := 4 << 10; size <= maxObject; size *= 8 {
		data := make([]byte, size)
		read, err := p.r.ReadAt(data, at)
		if object, _, ok := bytes.Cut(data[:read], []byte("endobj")); ok {
			return object, nil
		}
		if err != nil {
			break // there is no more
		}
	}
	return nil, nil
}

// number counts the pages at and below a node of the tree of pages.
func (p *file) number(node string, depth int, numbers map[string]int) error {
	object, err := p.object(node)
	if err != nil {
		return err
	}
	kids := pdfKids.FindSubmatch(object)
	if kids == nil {
		numbers[node] = len(numbers) + 1
		return nil
	}
	for _, kid := range pdfKid.FindAllSubmatch(kids[1], -1) {
		if depth == maxPDFDepth || numbers[string(kid[1])] > 0 {
			return nil // none of Chromium's
		}
		if err := p.number(string(kid[1]), depth+1, numbers); err != nil {
			return err
		}
	}
	return nil
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
