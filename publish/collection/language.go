package collection

import "strings"

// Direction is in which direction a language is written, by its tag (BCP 47):
// "rtl" or "ltr", as HTML's dir has it.
func Direction(tag string) string {
	primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
	switch primary {
	case "ar", "arc", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi":
		return "rtl"
	}
	return "ltr"
}
