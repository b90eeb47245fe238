package openstax

import (
	"testing"

	"github.com/rhaptos/rhaptos/publish/collection/collectiontest"
)

const ruleCases = "testdata/rules"

func TestRules(t *testing.T) { collectiontest.Rules(t, Format{}, ruleCases, *update) }
