package offline

import "strings"

// essence is a media type without its parameters.
func essence(mediaType string) string {
	essence, _, _ := strings.Cut(mediaType, ";")
	return strings.ToLower(strings.TrimSpace(essence))
}

// isShown reports whether pages show files of the type in place, so that they are
// all in the export. Others are there if a page links to them.
func isShown(mediaType string) bool {
	kind, _, _ := strings.Cut(essence(mediaType), "/")
	return kind == "image" || kind == "audio" || kind == "video"
}

// harmless are the ends of names for which the systems of readers start a viewer or
// an editor, and never the file itself.
var harmless = func() map[string]bool {
	set := map[string]bool{}
	for end := range strings.FieldsSeq(".avif .bmp .gif .ico .jpeg .jpg .png .svg .tif .tiff .webp .aac .flac .m4a .mp3 .oga .ogg .wav " +
		".m4v .mp4 .ogv .webm .vtt .css .csv .tsv .md .txt .tex .bib .epub .json .pdf .zip .gz .docx .odt .ods .odp .pptx .xlsx .otf .ttf .woff .woff2") {
		set[end] = true
	}
	return set
}()

// safeEnd is the end of the name of a file in the export. What a double click might
// run, such as a script or a program, gets a second end: "run.bat.txt".
func safeEnd(end, mediaType string) string {
	if harmless[end] {
		return end
	}
	switch t := essence(mediaType); {
	case strings.HasPrefix(t, "text/"), t == "application/xml", t == "application/json", t == "application/javascript":
		return end + ".txt"
	case t == "application/zip":
		return end + ".zip"
	}
	return end + ".bin"
}
