package tex

import "strings"

// letters are commands for identifiers.
var letters = map[string]string{
	"alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ϵ", "varepsilon": "ε", "zeta": "ζ", "eta": "η",
	"theta": "θ", "vartheta": "ϑ", "iota": "ι", "kappa": "κ", "varkappa": "ϰ", "lambda": "λ", "mu": "μ", "nu": "ν",
	"xi": "ξ", "omicron": "ο", "pi": "π", "varpi": "ϖ", "rho": "ρ", "varrho": "ϱ", "sigma": "σ", "varsigma": "ς",
	"tau": "τ", "upsilon": "υ", "phi": "ϕ", "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω",
	"Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Upsilon": "Υ",
	"Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
	"infty": "∞", "ell": "ℓ", "hbar": "ℏ", "hslash": "ℏ", "imath": "ı", "jmath": "ȷ", "Re": "ℜ", "Im": "ℑ", "wp": "℘",
	"aleph": "ℵ", "beth": "ℶ", "emptyset": "∅", "varnothing": "∅", "partial": "∂", "nabla": "∇", "top": "⊤", "bot": "⊥",
	"complement": "∁", "angle": "∠", "degree": "°", "Box": "□", "square": "□", "blacksquare": "■", "triangle": "△",
	"clubsuit": "♣", "diamondsuit": "♢", "heartsuit": "♡", "spadesuit": "♠", "flat": "♭", "natural": "♮", "sharp": "♯",
	"%": "%", "$": "$", "#": "#", "_": "_", "pounds": "£", "S": "§", "P": "¶", "dag": "†", "ddag": "‡",
}

// operators are commands for signs.
var operators = map[string]string{
	"pm": "±", "mp": "∓", "times": "×", "div": "÷", "cdot": "⋅", "ast": "∗", "star": "⋆", "circ": "∘", "bullet": "∙",
	"oplus": "⊕", "ominus": "⊖", "otimes": "⊗", "odot": "⊙", "oslash": "⊘", "wedge": "∧", "land": "∧", "vee": "∨", "lor": "∨",
	"cap": "∩", "cup": "∪", "sqcap": "⊓", "sqcup": "⊔", "setminus": "∖", "smallsetminus": "∖", "amalg": "⨿", "wr": "≀",
	"dagger": "†", "ddagger": "‡", "lnot": "¬", "neg": "¬", "forall": "∀", "exists": "∃", "nexists": "∄", "prime": "′",
	"leq": "≤", "le": "≤", "geq": "≥", "ge": "≥", "neq": "≠", "ne": "≠", "ll": "≪", "gg": "≫", "leqslant": "⩽", "geqslant": "⩾",
	"equiv": "≡", "sim": "∼", "simeq": "≃", "approx": "≈", "cong": "≅", "propto": "∝", "asymp": "≍", "doteq": "≐", "coloneqq": "≔",
	"prec": "≺", "succ": "≻", "preceq": "⪯", "succeq": "⪰", "lesssim": "≲", "gtrsim": "≳", "nleq": "≰", "ngeq": "≱", "nless": "≮", "ngtr": "≯",
	"in": "∈", "notin": "∉", "ni": "∋", "subset": "⊂", "supset": "⊃", "subseteq": "⊆", "supseteq": "⊇", "subsetneq": "⊊",
	"supsetneq": "⊋", "nsubseteq": "⊈", "sqsubseteq": "⊑", "sqsupseteq": "⊒",
	"perp": "⟂", "parallel": "∥", "nparallel": "∦", "mid": "∣", "nmid": "∤", "vdash": "⊢", "dashv": "⊣", "models": "⊨", "vDash": "⊨",
	"bowtie": "⋈", "asymptotic": "≍", "therefore": "∴", "because": "∵",
	"to": "→", "rightarrow": "→", "gets": "←", "leftarrow": "←", "leftrightarrow": "↔", "Rightarrow": "⇒", "Leftarrow": "⇐",
	"Leftrightarrow": "⇔", "implies": "⟹", "impliedby": "⟸", "iff": "⟺", "mapsto": "↦", "longmapsto": "⟼", "longrightarrow": "⟶",
	"longleftarrow": "⟵", "Longrightarrow": "⟹", "Longleftarrow": "⟸", "Longleftrightarrow": "⟺", "longleftrightarrow": "⟷", "hookrightarrow": "↪", "hookleftarrow": "↩",
	"uparrow": "↑", "downarrow": "↓", "updownarrow": "↕", "Uparrow": "⇑", "Downarrow": "⇓", "nearrow": "↗", "searrow": "↘",
	"swarrow": "↙", "nwarrow": "↖", "rightharpoonup": "⇀", "leftharpoonup": "↼", "rightleftharpoons": "⇌", "leadsto": "⇝",
	"ldots": "…", "dots": "…", "dotsc": "…", "dotso": "…", "cdots": "⋯", "dotsb": "⋯", "dotsm": "⋯", "vdots": "⋮", "ddots": "⋱", "colon": ":",
	"sum": "∑", "prod": "∏", "coprod": "∐", "int": "∫", "iint": "∬", "iiint": "∭", "oint": "∮", "bigcup": "⋃", "bigcap": "⋂",
	"bigvee": "⋁", "bigwedge": "⋀", "bigoplus": "⨁", "bigotimes": "⨂", "bigodot": "⨀", "biguplus": "⨄", "bigsqcup": "⨆", "uplus": "⊎",
	"{": "{", "}": "}", "|": "‖", "Vert": "‖", "vert": "|", "lVert": "‖", "rVert": "‖", "lvert": "|", "rvert": "|",
	"langle": "⟨", "rangle": "⟩", "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉", "lbrace": "{", "rbrace": "}",
	"lbrack": "[", "rbrack": "]", "backslash": "\\", "&": "&", "bmod": "mod", "surd": "√",
}

// limitSigns take their scripts above and below where there is place.
const limitSigns = "∑∏∐⋃⋂⋁⋀⨁⨂⨀⨄⨆"

// functions are names that are set upright.
var functions = names("sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh coth log ln lg exp arg deg dim hom ker")

// limits are functions with their scripts below.
var limits = map[string]string{
	"lim": "lim", "limsup": "lim sup", "liminf": "lim inf", "max": "max", "min": "min", "sup": "sup", "inf": "inf",
	"det": "det", "gcd": "gcd", "Pr": "Pr", "argmax": "arg max", "argmin": "arg min",
}

// spaces are widths.
var spaces = map[string]string{
	",": "0.1667em", "thinspace": "0.1667em", ":": "0.2222em", ">": "0.2222em", "medspace": "0.2222em", ";": "0.2778em",
	"thickspace": "0.2778em", "!": "-0.1667em", "negthinspace": "-0.1667em", " ": "0.25em", "quad": "1em", "qquad": "2em", "enspace": "0.5em",
}

// accents are signs above; one that begins with "+" stretches, and one with "_"
// stands below.
var accents = map[string]string{
	"hat": "^", "check": "ˇ", "tilde": "~", "acute": "´", "grave": "`", "dot": "˙", "ddot": "¨", "dddot": "⃛", "breve": "˘", "bar": "¯",
	"vec": "→", "mathring": "˚", "widehat": "+^", "widetilde": "+~", "overline": "+¯", "underline": "__",
	"overrightarrow": "+→", "overleftarrow": "+←", "overleftrightarrow": "+↔",
}

// alphabets are commands for a style of letters, as mathvariant has it.
var alphabets = map[string]string{
	"mathrm": "normal", "mathup": "normal", "mathbf": "bold", "mathit": "italic", "mathbb": "double-struck", "mathcal": "script", "mathscr": "script",
	"mathfrak": "fraktur", "mathsf": "sans-serif", "mathtt": "monospace", "boldsymbol": "bold-italic", "bm": "bold-italic", "pmb": "bold-italic", "mathnormal": "italic",
}

// texts are commands for words.
var texts = map[string]string{
	"text": "", "textrm": "", "textnormal": "", "mbox": "", "hbox": "", "textbf": "bold", "textit": "italic", "emph": "italic", "textsf": "sans-serif", "texttt": "monospace",
}

// sizes are those of delimiters; a letter may follow that says their side.
var sizes = map[string]string{"big": "120%", "Big": "180%", "bigg": "240%", "Bigg": "300%"}

// delimiters may follow \left and \right.
var delimiters = map[string]string{
	".": "", "(": "(", ")": ")", "[": "[", "]": "]", "|": "|", "/": "/", "<": "⟨", ">": "⟩",
	`\{`: "{", `\}`: "}", `\|`: "‖", `\lbrace`: "{", `\rbrace`: "}", `\langle`: "⟨", `\rangle`: "⟩", `\lfloor`: "⌊", `\rfloor`: "⌋",
	`\lceil`: "⌈", `\rceil`: "⌉", `\vert`: "|", `\Vert`: "‖", `\lvert`: "|", `\rvert`: "|", `\lVert`: "‖", `\rVert`: "‖",
	`\lbrack`: "[", `\rbrack`: "]", `\backslash`: "\\", `\uparrow`: "↑", `\downarrow`: "↓",
}

func names(list string) map[string]bool {
	out := map[string]bool{}
	for name := range strings.FieldsSeq(list) {
		out[name] = true
	}
	return out
}
