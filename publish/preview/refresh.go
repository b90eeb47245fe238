package preview

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/site"
)

// refresh builds the books and puts them in the place of the ones before. Of the
// problems those are printed that are new; notes once, since many come and go with
// an error.
func (p *Previewer) refresh(ctx context.Context) error {
	start := time.Now()
	before := p.site.Latest()
	proof, err := p.site.Build(ctx)
	if err != nil {
		return err
	}
	state := p.compare(before)
	if err := p.repository.put(previewBranch, p.site.Latest(), proof); err != nil {
		return err
	}
	if p.site.Writes() {
		_, err = p.site.Write(ctx)
	} else {
		err = p.site.Sweep(ctx)
	}
	if err != nil {
		return err
	}
	fresh, _ := collection.DiffProblems(proof.Problems, p.reported)
	p.reported = slices.Concat(notes(p.reported, true), notes(fresh, true), notes(proof.Problems, false))
	if err := site.WriteProblems(p.config.Out, fresh); err != nil {
		return err
	}
	verdict := "this can be published"
	if err := p.site.Verdict(proof); err != nil {
		verdict = err.Error()
	}
	if verdict != p.verdict {
		fmt.Fprintf(p.config.Out, "%s\n", verdict)
	}
	if p.built {
		line := fmt.Sprintf("pages that changed: %d, in %v", state.changed, time.Since(start).Round(time.Millisecond))
		if counts := countsOf(proof).String(); counts != "" {
			line += "; there are " + counts
		}
		fmt.Fprintf(p.config.Out, "%s\n", line)
	}
	p.built, p.verdict, p.fault = true, verdict, ""
	if err := state.report(proof, verdict); err != nil {
		return err
	}
	if p.config.Base != "" && len(p.site.Order()) > 0 {
		state.Since = "What has changed since " + p.config.Base
		state.Changes = p.repository.address(p.site.Order()[0], baseBranch+"..."+previewBranch)
	}
	p.live.send(state)
	return nil
}

// notes are those of the problems that are notes, or those that are not.
func notes(problems []collection.Problem, are bool) []collection.Problem {
	return slices.DeleteFunc(slices.Clone(problems), func(p collection.Problem) bool { return (p.Severity == collection.Note) != are })
}

// fail reports that the folder could not be read, once: what was made before is
// still shown.
func (p *Previewer) fail(err error) {
	if err.Error() == p.fault {
		return
	}
	p.fault = err.Error()
	fmt.Fprintf(p.config.Err, "%s\n", p.fault)
	p.live.send(&state{Pages: []string{}, Errors: 1, Said: "the books cannot be read", Problems: p.fault + "\n"})
}
