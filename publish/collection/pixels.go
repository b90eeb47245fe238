package collection

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"math"
	"strconv"
	"strings"
)

// maxPixels is the largest width or height that is believed.
const maxPixels = 1 << 16

// turned reports whether a camera has noted that a photograph is shown with its
// width and height exchanged: the orientations 5 to 8 of EXIF (CIPA DC-008,
// section 4.6.5), which browsers heed. head is the beginning of a JPEG file.
func turned(head []byte) bool {
	at := bytes.Index(head, []byte("Exif\x00\x00"))
	if at < 0 {
		return false
	}
	tiff := head[at+6:]
	var order binary.ByteOrder = binary.BigEndian
	if bytes.HasPrefix(tiff, []byte("II")) {
		order = binary.LittleEndian
	}
	if len(tiff) < 8 {
		return false
	}
	directory := int64(order.Uint32(tiff[4:]))
	if directory+2 > int64(len(tiff)) {
		return false
	}
	entries := tiff[directory+2:]
	for range order.Uint16(tiff[directory:]) {
		if len(entries) < 12 {
			return false
		}
		if order.Uint16(entries) == 0x0112 {
			orientation := order.Uint16(entries[8:])
			return orientation >= 5 && orientation <= 8
		}
		entries = entries[12:]
	}
	return false
}

// drawingSize is the size in pixels that an SVG drawing has by itself: its
// width and height, or else those of its viewBox; 0 where it does not say. head
// is the beginning of the file.
func drawingSize(head []byte) (width, height int) {
	d := xml.NewDecoder(bytes.NewReader(head))
	d.Strict = false
	for {
		token, err := d.RawToken()
		if err != nil {
			return 0, 0
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "svg" {
			continue
		}
		var box []string
		for _, a := range start.Attr {
			switch {
			case a.Name.Space != "":
			case a.Name.Local == "width":
				width = userUnits(a.Value)
			case a.Name.Local == "height":
				height = userUnits(a.Value)
			case a.Name.Local == "viewBox":
				box = strings.FieldsFunc(a.Value, func(r rune) bool { return r == ',' || r <= ' ' })
			}
		}
		if (width == 0 || height == 0) && len(box) == 4 {
			width, height = userUnits(box[2]), userUnits(box[3])
		}
		if width == 0 || height == 0 {
			return 0, 0
		}
		return width, height
	}
}

// userUnits are the pixels of a length without a unit or in px; 0 for others.
func userUnits(s string) int {
	v, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(s), "px"), 64)
	if err != nil || !(v >= 0.5 && v < maxPixels) {
		return 0
	}
	return int(math.Round(v))
}
