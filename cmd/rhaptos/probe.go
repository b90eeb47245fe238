package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/rhaptos/rhaptos/web/probe"
	"github.com/rhaptos/rhaptos/web/probe/report"
)

type probeCmd struct {
	URL      []string      `arg:"" name:"url" help:"URLs on one server, if possible of resources in different states."`
	Writes   bool          `help:"Also send POST, PUT, PATCH and DELETE. Use it on test resources only."`
	Format   string        `help:"Report format: text, json, junit or svg." enum:"text,json,junit,svg" default:"text"`
	Out      string        `help:"File to write the report to. Default: standard output." type:"path" placeholder:"FILE"`
	Timeout  time.Duration `help:"Time limit for a response." default:"10s"`
	Patience time.Duration `help:"Time limit for the server to give up on an incomplete request." default:"15s"`
	Insecure bool          `help:"Do not verify TLS certificates."`
}

// Validate finds addresses that are none before anything is sent.
func (p *probeCmd) Validate() error {
	for _, u := range p.URL {
		if _, err := probe.ParseTarget(u); err != nil {
			return err
		}
	}
	if p.Timeout <= 0 || p.Patience <= 0 {
		return fmt.Errorf("--timeout and --patience must be greater than zero")
	}
	return nil
}

// Run writes the report, and fails if the server contradicts the table.
func (p *probeCmd) Run(ctx context.Context, con console) error {
	result, err := probe.Probe(ctx, p.URL, probe.Options{
		Writes: p.Writes, Timeout: p.Timeout, Patience: p.Patience,
		TLS: &tls.Config{InsecureSkipVerify: p.Insecure}, // as the flag says
	})
	if err != nil {
		return err
	}
	if err := p.write(con.out, result); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	if n := len(result.Contradictions()); n > 0 {
		return fmt.Errorf("%d contradictions", n)
	}
	return nil
}

func (p *probeCmd) write(out io.Writer, result *report.Report) error {
	form := report.Formats[p.Format]
	if p.Out == "" {
		return form(result, out)
	}
	f, err := os.Create(p.Out)
	if err != nil {
		return err
	}
	if err := form(result, f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
