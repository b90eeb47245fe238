package messages

// Export has the texts of EPUB files, of print and of the offline site.
type Export struct {
	Contents    string `toml:"contents"`
	Cover       string `toml:"cover"`
	Start       string `toml:"start"`
	By          string `toml:"by"`
	License     string `toml:"license"`
	Release     string `toml:"release"`
	Published   string `toml:"published"`
	Pages       string `toml:"pages"`
	Interactive string `toml:"interactive"`
	Picture     string `toml:"picture"`
	Source      string `toml:"source"`
	Online      string `toml:"online"`
	Search      string `toml:"search"`
	Found       string `toml:"found"`
	Nothing     string `toml:"nothing"`
	NoScript    string `toml:"no-script"`
	Previous    string `toml:"previous"`
	Next        string `toml:"next"`
	Summary     string `toml:"summary"`
	Pictures    string `toml:"pictures"`
	Formulas    string `toml:"formulas"`
	Printed     string `toml:"printed"`
}
