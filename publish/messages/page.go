package messages

// Page has what is written around and between an author's text on the pages of
// a book. The comments of en.toml say where each stands.
type Page struct {
	Answers        string `toml:"answers"`
	BookGlossary   string `toml:"book-glossary"`
	BookIndex      string `toml:"book-index"`
	About          string `toml:"about"`
	Moved          string `toml:"moved"`
	MovedToEnd     string `toml:"moved-to-end"`
	Other          string `toml:"other"`
	Authors        string `toml:"authors"`
	Publisher      string `toml:"publisher"`
	Edition        string `toml:"edition"`
	License        string `toml:"license"`
	DerivedFrom    string `toml:"derived-from"`
	Source         string `toml:"source"`
	HowToCite      string `toml:"how-to-cite"`
	LicenseText    string `toml:"license-text"`
	ForPrograms    string `toml:"for-programs"`
	ThisEdition    string `toml:"this-edition"`
	OriginalBy     string `toml:"original-by"`
	Abstract       string `toml:"abstract"`
	ChapterOutline string `toml:"chapter-outline"`
	Details        string `toml:"details"`
	Glossary       string `toml:"glossary"`
	Footnotes      string `toml:"footnotes"`
	BackToText     string `toml:"back-to-text"`
	Solution       string `toml:"solution"`
	Hint           string `toml:"hint"`
	Step           string `toml:"step"`
	Commentary     string `toml:"commentary"`
	SeeAlso        string `toml:"see-also"`
	Unreadable     string `toml:"unreadable"`
	NotIncluded    string `toml:"not-included"`
	Interactive    string `toml:"interactive"`
	Frame          string `toml:"frame"`
	NotInteractive string `toml:"not-interactive"`
	ForTeachers    string `toml:"for-teachers"`
	MissingMedia   string `toml:"missing-media"`
}
