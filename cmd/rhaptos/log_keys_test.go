package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// errorKey is the key of errors in the log.
const errorKey = "err"

// Every error is logged with the same key.
func TestLogKeyOfErrors(t *testing.T) {
	calls := 0
	for _, room := range []string{"cmd", "gitserver", "hooks", "publish", "web"} {
		err := filepath.WalkDir(filepath.Join("..", "..", room), func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			fset := token.NewFileSet()
			file, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok || !logs(call) {
					return true
				}
				calls++
				for i, arg := range call.Args[:len(call.Args)-1] {
					if key, ok := text(arg); ok && key != errorKey && (key == "error" || isError(call.Args[i+1])) && i > 0 {
						t.Errorf("%s: the error is logged as %q: use the key %q", fset.Position(arg.Pos()), key, errorKey)
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if calls < 20 {
		t.Errorf("found only %d calls that log", calls)
	}
}

// logs reports whether a call is one of slog's with a message and attributes.
func logs(call *ast.CallExpr) bool {
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || len(call.Args) < 3 {
		return false
	}
	switch strings.TrimSuffix(method.Sel.Name, "Context") {
	case "Debug", "Info", "Warn", "Error", "Log":
		return true
	}
	return false
}

// text is the value of a string in the source.
func text(e ast.Expr) (string, bool) {
	literal, ok := e.(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(literal.Value)
	return s, err == nil
}

// isError reports whether an expression is an error by its name.
func isError(e ast.Expr) bool {
	name := ""
	switch e := e.(type) {
	case *ast.Ident:
		name = e.Name
	case *ast.SelectorExpr:
		name = e.Sel.Name
	case *ast.CallExpr:
		if method, ok := e.Fun.(*ast.SelectorExpr); ok {
			return len(e.Args) == 0 && method.Sel.Name == "Err" || method.Sel.Name == "Error" && isError(method.X)
		}
	}
	return name == "err" || strings.HasSuffix(name, "Err")
}
