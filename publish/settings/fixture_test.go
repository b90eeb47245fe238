package settings

import "testing/fstest"

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
