package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/egress"
)

// guards limit the connections to addresses that users supply. Serve records them in
// the database, so that a command that takes such an address refuses at once what the
// server would not connect to.
type guards struct {
	Webhooks egress.Guard
	Mirrors  egress.Guard
}

func (s *serveCmd) guards() guards {
	return guards{
		Webhooks: egress.Guard{Private: s.AllowPrivateWebhooks, Ports: s.WebhookPorts},
		Mirrors:  egress.Guard{Private: s.AllowPrivateMirrors},
	}
}

// guardsSetting is the name of the setting that has the guards, as JSON.
const guardsSetting = "egress"

// storeGuards records the guards of the server.
func (r *env) storeGuards(ctx context.Context, g guards) error {
	value, err := json.Marshal(g)
	if err != nil {
		return err
	}
	return database.PutSetting(ctx, r.db, guardsSetting, string(value))
}

// guards returns the guards of the server that was started last. As long as there has
// been none, nothing is known, and everything is permitted here.
func (r *env) guards(ctx context.Context) (guards, error) {
	g := guards{Webhooks: egress.Guard{Private: true}, Mirrors: egress.Guard{Private: true}}
	value, ok, err := database.Setting(ctx, r.db, guardsSetting)
	if err != nil || !ok {
		return g, err
	}
	g = guards{}
	if err := json.Unmarshal([]byte(value), &g); err != nil {
		return g, fmt.Errorf("setting %s: %w", guardsSetting, err)
	}
	return g, nil
}
