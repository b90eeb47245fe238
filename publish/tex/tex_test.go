package tex

import (
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// written is a formula in short: name(children), tokens as their text, and
// attributes behind a colon.
func written(n *cnxml.Node) string {
	if n.Space == cnxml.Text {
		return n.Data
	}
	var parts []string
	for _, c := range n.Children {
		parts = append(parts, written(c))
	}
	attrs := ""
	for _, a := range n.Attrs {
		attrs += ":" + a.Name + "=" + a.Value
	}
	switch n.Name {
	case "mi", "mn", "mo", "mtext":
		if attrs == "" || n.Name == "mo" && attrs == ":stretchy=false" {
			return strings.Join(parts, "")
		}
	case "math":
		return strings.Join(parts, " ")
	}
	return n.Name + attrs + "(" + strings.Join(parts, " ") + ")"
}

func TestParse(t *testing.T) {
	for source, want := range map[string]string{
		`x`:                                    "x",
		`2x+3.5=-y`:                            "2 x + 3.5 = − y",
		`a^2_i`:                                "msubsup(a i 2)",
		`x_{i+1}`:                              "msub(x mrow(i + 1))",
		`f'(x)`:                                "msup(f ′) ( x )",
		`f''^2`:                                "msup(f mrow(′′ 2))",
		`^{14}C`:                               "msup(mrow() 14) C",
		`\frac{a}{b}`:                          "mfrac(a b)",
		`\frac12`:                              "mfrac(1 2)",
		`\tfrac{1}{2}`:                         "mstyle:displaystyle=false(mfrac(1 2))",
		`\binom nk`:                            "mrow(mo:fence=true:form=prefix:stretchy=true(() mfrac:linethickness=0(n k) mo:fence=true:form=postfix:stretchy=true()))",
		`\sqrt{x}\sqrt[3]{y}`:                  "msqrt(x) mroot(y 3)",
		`\sum_{i=1}^n i`:                       "munderover(∑ mrow(i = 1) n) i",
		`\int_0^1`:                             "msubsup(∫ 0 1)",
		`\int\limits_0^1`:                      "munderover(∫ 0 1)",
		`\sum\nolimits_i`:                      "msub(∑ i)",
		`\lim_{x\to 0}`:                        "munder(mo:movablelimits=true(lim) mrow(x → 0))",
		`\sin\alpha\,\Omega`:                   "sin α mspace:width=0.1667em() mi:mathvariant=normal(Ω)",
		`\left(\frac ab\right.`:                "mrow(mo:fence=true:form=prefix:stretchy=true(() mfrac(a b))",
		`\bigl[ x \Big)`:                       "mo:stretchy=true:minsize=120%:maxsize=120%([) x mo:stretchy=true:minsize=180%:maxsize=180%())",
		`\mathbf{v}\mathbb R`:                  "mstyle:mathvariant=bold(v) mstyle:mathvariant=double-struck(R)",
		`\mathrm{kg}`:                          "mi:mathvariant=normal(kg)",
		`\text{if } x`:                         "if  x",
		`\hat x\overline{AB}`:                  "mover:accent=true(x ^) mover:accent=true(mrow(A B) ¯)",
		`\underline x`:                         "munder:accentunder=true(x _)",
		`\underbrace{x}_{n}`:                   "munder(munder:class=brace(x ⏟) n)",
		`\overset{!}{=}`:                       "mover(= !)",
		`\operatorname{rank} A`:                "mi:mathvariant=normal(rank) A",
		`a \not= b`:                            "a ≠ b",
		`\displaystyle x {\scriptstyle y} z`:   "mstyle:displaystyle=true:scriptlevel=0(x mstyle:displaystyle=false:scriptlevel=1(y) z)",
		`\begin{pmatrix}a&b\\c&d\end{pmatrix}`: "mrow(mo:fence=true:form=prefix:stretchy=true(() mtable(mtr(mtd(a) mtd(b)) mtr(mtd(c) mtd(d))) mo:fence=true:form=postfix:stretchy=true()))",
		`\begin{cases}1&x>0\\0\end{cases}`:     "mrow(mo:fence=true:form=prefix:stretchy=true({) mtable:columnalign=left(mtr(mtd(1) mtd(x > 0)) mtr(mtd(0))))",
		`\begin{array}{l|r}a&b\\\end{array}`:   "mtable:columnalign=left right:columnlines=solid none(mtr(mtd(a) mtd(b)))",
		`x % a remark`:                         "x",
		`5\%`:                                  "5 %",
		`\textcolor{red}{x} y`:                 "mstyle:mathcolor=red(x) y",
		`\boxed{x}`:                            "menclose:notation=box(x)",
		`a \equiv b \pmod n`:                   "a ≡ b mrow(mspace:width=1em() ( mi:mathvariant=normal(mod) mspace:width=0.3em() n ))",
		``:                                     "",
	} {
		n, err := Parse(source, false)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if got := written(n); got != want {
			t.Errorf("%s:\n got %s\nwant %s", source, got, want)
		}
	}
}

func TestParseFaults(t *testing.T) {
	for source, want := range map[string]string{
		`\foo x`:                     `\foo is not known`,
		`{x`:                         "} is missing at the end",
		`x}`:                         "} ends what nothing has begun",
		`x^`:                         "an argument is missing at the end",
		`\frac{a}`:                   "an argument is missing at the end",
		`x_a_b`:                      "there are two lower scripts; put braces around one part",
		`\left( x`:                   `\right is missing at the end`,
		`\left x`:                    "x is no delimiter",
		`\begin{foo}\end{foo}`:       `\begin{foo} is not known`,
		`\begin{matrix}a`:            `\end is missing`,
		`\begin{matrix}a\end{array}`: `\begin{matrix} has no \end{matrix}`,
		`a & b`:                      "& ends what nothing has begun",
		`a $ b`:                      "$ has no meaning in a formula",
		`\not\frac12`:                `\not stands before no sign`,
		strings.Repeat("{", 100):     "the formula is nested too deep",
		strings.Repeat("x", 5000):    "the formula has more than 4096 bytes",
		`\`:                          `\ is not known`,
		`\text{if $x$}`:              "words in a formula cannot hold another formula; end the words before it",
	} {
		if _, err := Parse(source, true); err == nil || err.Error() != want {
			t.Errorf("%.40s: %v, want %s", source, err, want)
		}
	}
}

// FuzzParse reads any text: it ends with a formula of bounded size or an error.
func FuzzParse(f *testing.F) {
	f.Add(`\frac{a}{b}^2_i \left( \begin{matrix} a & b \\ c \end{matrix} \right] \text{x}`)
	f.Add(`\sqrt[3]{x} \color{red} \displaystyle \not \tag{1} % x`)
	f.Add("\\\xff^_{}'&$#~")
	f.Fuzz(func(t *testing.T, source string) {
		n, err := Parse(source, true)
		if err != nil {
			return
		}
		count := 0
		n.Walk(func(*cnxml.Node) bool { count++; return true })
		if count > 20*MaxBytes {
			t.Errorf("%d nodes", count)
		}
	})
}
