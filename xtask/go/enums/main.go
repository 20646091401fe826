// Prints the enumerations of the Kubernetes API library: for each field whose type is marked +enum, the definition that it
// stands in, its name, and its values. Arguments: folders of k8s.io/api, one a minor, as MINOR=FOLDER, ascending. A line is
// definition, field (with [] for a list of them), first and last minor and values, parted by tabs, the values by commas.
// Left out are fields of a status, which nobody writes, and fields behind a feature gate.
package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// A named type of one package of the library: core/v1 and PullPolicy.
type name struct{ folder, ident string }

// The minors in which a field has the same values.
type run struct {
	first, last int
	values      string
}

func main() {
	runs := map[string][]run{}
	for _, argument := range os.Args[1:] {
		text, folder, found := strings.Cut(argument, "=")
		minor, err := strconv.Atoi(text)
		if !found || err != nil {
			fail(fmt.Errorf("%s: write MINOR=FOLDER", argument))
		}
		for field, values := range enumerations(folder) {
			known := runs[field]
			if at := len(known) - 1; at >= 0 && known[at].last == minor-1 && known[at].values == values {
				known[at].last = minor
			} else {
				runs[field] = append(known, run{minor, minor, values})
			}
		}
	}
	var lines []string
	for field, known := range runs {
		for _, one := range known {
			lines = append(lines, fmt.Sprintf("%s\t%02d\t%02d\t%s", field, one.first, one.last, one.values))
		}
	}
	sort.Strings(lines)
	for _, line := range lines {
		fmt.Println(line)
	}
}

// Values by definition and field.
func enumerations(root string) map[string]string {
	folders := map[string][]*ast.File{}
	paths, err := filepath.Glob(filepath.Join(root, "*", "*", "*.go"))
	if err != nil {
		fail(err)
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") || strings.Contains(filepath.Base(path), "generated") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			fail(err)
		}
		folder, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			fail(err)
		}
		folders[folder] = append(folders[folder], file)
	}
	marked := map[name]bool{}
	values := map[name][]string{}
	constants := map[name]string{}
	// twice, because a constant may be made of one that is declared further down
	for range 2 {
		clear(values)
		for folder, files := range folders {
			for _, file := range files {
				for _, declaration := range file.Decls {
					if general, is := declaration.(*ast.GenDecl); is {
						read(folder, importsOf(file), general, marked, values, constants)
					}
				}
			}
		}
	}
	out := map[string]string{}
	for folder, files := range folders {
		structs := map[string]*ast.StructType{}
		imports := map[string]map[string]string{}
		for _, file := range files {
			for _, declaration := range file.Decls {
				general, is := declaration.(*ast.GenDecl)
				if !is {
					continue
				}
				for _, spec := range general.Specs {
					if spec, is := spec.(*ast.TypeSpec); is {
						if body, is := spec.Type.(*ast.StructType); is {
							structs[spec.Name.Name] = body
							imports[spec.Name.Name] = importsOf(file)
						}
					}
				}
			}
		}
		for definition, body := range structs {
			if strings.HasSuffix(definition, "Status") {
				continue
			}
			var fields func(body *ast.StructType, imports map[string]string)
			fields = func(body *ast.StructType, of map[string]string) {
				for _, field := range body.Fields.List {
					// the fields of what is embedded are its own
					if embedded, is := field.Type.(*ast.Ident); is && len(field.Names) == 0 {
						if inner := structs[embedded.Name]; inner != nil {
							fields(inner, imports[embedded.Name])
						}
						continue
					}
					of, array := typeOf(field.Type, folder, of)
					if !marked[of] || len(values[of]) == 0 || slices.Contains(values[of], unknown) || field.Tag == nil {
						continue
					}
					json := jsonName(field.Tag.Value)
					// behind the gate ContainerStopSignals, and not marked so everywhere
					if of == (name{"core/v1", "Signal"}) {
						continue
					}
					// a server whose feature gate is off drops the field, whatever is in it
					if json == "" || (field.Doc != nil && strings.Contains(field.Doc.Text(), "+featureGate")) {
						continue
					}
					if array {
						json += "[]"
					}
					all := append([]string(nil), values[of]...)
					sort.Strings(all)
					key := "io.k8s.api." + strings.ReplaceAll(folder, "/", ".") + "." + definition + "\t" + json
					out[key] = strings.Join(all, ",")
				}
			}
			fields(body, imports[definition])
		}
	}
	return out
}

// Reads types that are marked, and constants with a type of their own.
func read(
	folder string, imports map[string]string, declaration *ast.GenDecl,
	marked map[name]bool, values map[name][]string, constants map[name]string,
) {
	for _, spec := range declaration.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			if isMarked(spec.Doc) || (isMarked(declaration.Doc) && len(declaration.Specs) == 1) {
				marked[name{folder, spec.Name.Name}] = true
			}
		case *ast.ValueSpec:
			if declaration.Tok != token.CONST {
				continue
			}
			for at, value := range spec.Values {
				of, _ := spec.Type.(*ast.Ident)
				// PathTypeExact = PathType("Exact")
				if call, is := value.(*ast.CallExpr); is && of == nil && len(call.Args) == 1 {
					of, _ = call.Fun.(*ast.Ident)
					value = call.Args[0]
				}
				text, known := textOf(value, folder, imports, constants)
				if !known || at >= len(spec.Names) {
					// one value less would refuse what the server takes
					if of != nil {
						values[name{folder, of.Name}] = append(values[name{folder, of.Name}], unknown)
					}
					continue
				}
				constants[name{folder, spec.Names[at].Name}] = text
				if of != nil {
					key := name{folder, of.Name}
					values[key] = append(values[key], text)
				}
			}
		}
	}
}

// A value that could not be read: its enumeration is left out.
const unknown = "\x00"

// The text of a constant: written out, or that of another one.
func textOf(value ast.Expr, folder string, imports map[string]string, constants map[name]string) (string, bool) {
	switch value := value.(type) {
	case *ast.BasicLit:
		if value.Kind == token.STRING {
			text, err := strconv.Unquote(value.Value)
			return text, err == nil
		}
	case *ast.Ident:
		text, known := constants[name{folder, value.Name}]
		return text, known
	case *ast.SelectorExpr:
		if in, is := value.X.(*ast.Ident); is {
			text, known := constants[name{imports[in.Name], value.Sel.Name}]
			return text, known
		}
	}
	return "", false
}

func isMarked(comments *ast.CommentGroup) bool {
	if comments == nil {
		return false
	}
	for _, comment := range comments.List {
		if strings.TrimSpace(strings.TrimPrefix(comment.Text, "//")) == "+enum" {
			return true
		}
	}
	return false
}

// The packages of the library that a file imports, by the name that it gives them.
func importsOf(file *ast.File) map[string]string {
	out := map[string]string{}
	for _, one := range file.Imports {
		path, err := strconv.Unquote(one.Path.Value)
		inside, found := strings.CutPrefix(path, "k8s.io/api/")
		if err != nil || !found {
			continue
		}
		as := filepath.Base(path)
		if one.Name != nil {
			as = one.Name.Name
		}
		out[as] = inside
	}
	return out
}

func typeOf(expression ast.Expr, folder string, imports map[string]string) (name, bool) {
	switch of := expression.(type) {
	case *ast.StarExpr:
		return typeOf(of.X, folder, imports)
	case *ast.ArrayType:
		inner, _ := typeOf(of.Elt, folder, imports)
		return inner, true
	case *ast.Ident:
		return name{folder, of.Name}, false
	case *ast.SelectorExpr:
		if in, is := of.X.(*ast.Ident); is && imports[in.Name] != "" {
			return name{imports[in.Name], of.Sel.Name}, false
		}
	}
	return name{}, false
}

func jsonName(tag string) string {
	text, err := strconv.Unquote(tag)
	if err != nil {
		return ""
	}
	json, _, _ := strings.Cut(reflect.StructTag(text).Get("json"), ",")
	if json == "-" {
		return ""
	}
	return json
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
