package mdbook

import (
	"testing"

	"github.com/rhaptos/rhaptos/publish/collection/collectiontest"
)

func TestRules(t *testing.T) { collectiontest.Rules(t, Format{}, "testdata/rules", *update) }
