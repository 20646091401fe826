// Prints what the markers of the Kubernetes API library say beside the types: defaults, how lists and maps are merged, and
// whether a kind lives in a namespace. Arguments: folders of k8s.io/api, one a minor, as MINOR=FOLDER, ascending. A line is
// definition, field (- for the kind itself), word, first and last minor and value, parted by tabs. Words: scope, default,
// list-type, list-map-keys, map-type, patch-merge-key, patch-strategy.
package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"sort"
	"strconv"
	"strings"
)

// A named type of one package of the library: core/v1 and PullPolicy.
type name struct{ folder, ident string }

// The minors in which a word has the same value.
type run struct {
	first, last int
	value       string
}

func main() {
	runs := map[string][]run{}
	for _, argument := range os.Args[1:] {
		text, folder, found := strings.Cut(argument, "=")
		minor, err := strconv.Atoi(text)
		if !found || err != nil {
			fail(fmt.Errorf("%s: write MINOR=FOLDER", argument))
		}
		for key, value := range said(folder) {
			known := runs[key]
			if at := len(known) - 1; at >= 0 && known[at].last == minor-1 && known[at].value == value {
				known[at].last = minor
			} else {
				runs[key] = append(known, run{minor, minor, value})
			}
		}
	}
	var lines []string
	for key, known := range runs {
		for _, one := range known {
			lines = append(lines, fmt.Sprintf("%s\t%02d\t%02d\t%s", key, one.first, one.last, one.value))
		}
	}
	sort.Strings(lines)
	for _, line := range lines {
		fmt.Println(line)
	}
}

// Values by definition, field and word.
func said(root string) map[string]string {
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
	all := map[name]*ast.StructType{}
	imports := map[*ast.StructType]map[string]string{}
	aliases := map[name]name{}
	for folder, files := range folders {
		for _, file := range files {
			ast.Inspect(file, func(node ast.Node) bool {
				if spec, is := node.(*ast.TypeSpec); is {
					if body, is := spec.Type.(*ast.StructType); is {
						all[name{folder, spec.Name.Name}] = body
						imports[body] = importsOf(file)
					}
					if to, is := spec.Type.(*ast.SelectorExpr); is {
						if in, is := to.X.(*ast.Ident); is {
							aliases[name{folder, spec.Name.Name}] = name{importsOf(file)[in.Name], to.Sel.Name}
						}
					}
				}
				return true
			})
		}
	}
	out := map[string]string{}
	for folder, files := range folders {
		structs := map[string]*ast.StructType{}
		constants := map[string]string{}
		scopes := map[string]string{}
		for _, file := range files {
			for _, declaration := range file.Decls {
				general, is := declaration.(*ast.GenDecl)
				if !is {
					continue
				}
				for _, spec := range general.Specs {
					switch spec := spec.(type) {
					case *ast.TypeSpec:
						if body, is := spec.Type.(*ast.StructType); is {
							structs[spec.Name.Name] = body
							if scope := scopeOf(file, general, spec); scope != "" {
								scopes[spec.Name.Name] = scope
							}
						}
					case *ast.ValueSpec:
						for at, value := range spec.Values {
							if literal, is := value.(*ast.BasicLit); is && literal.Kind == token.STRING && at < len(spec.Names) {
								if text, err := strconv.Unquote(literal.Value); err == nil {
									constants[spec.Names[at].Name] = text
								}
							}
						}
					}
				}
			}
		}
		prefix := "io.k8s.api." + strings.ReplaceAll(folder, "/", ".") + "."
		for kind, scope := range scopes {
			out[prefix+kind+"\t-\tscope"] = scope
		}
		for definition, body := range structs {
			var fields func(body *ast.StructType)
			fields = func(body *ast.StructType) {
				for _, field := range body.Fields.List {
					// the fields of what is embedded are its own
					if len(field.Names) == 0 {
						var of name
						switch embedded := field.Type.(type) {
						case *ast.Ident:
							of = name{folder, embedded.Name}
						case *ast.SelectorExpr:
							if in, is := embedded.X.(*ast.Ident); is {
								of = name{imports[body][in.Name], embedded.Sel.Name}
							}
						}
						if to, is := aliases[of]; is {
							of = to
						}
						if inner := all[of]; inner != nil {
							fields(inner)
							continue
						}
					}
					if field.Tag == nil {
						continue
					}
					text, err := strconv.Unquote(field.Tag.Value)
					if err != nil {
						continue
					}
					tag := reflect.StructTag(text)
					json, _, _ := strings.Cut(tag.Get("json"), ",")
					if json == "" || json == "-" {
						continue
					}
					for word, value := range words(field.Doc, tag, constants) {
						out[prefix+definition+"\t"+json+"\t"+word] = value
					}
				}
			}
			fields(body)
		}
	}
	return out
}

// The words of one field.
func words(doc *ast.CommentGroup, tag reflect.StructTag, constants map[string]string) map[string]string {
	out := map[string]string{}
	var keys []string
	for _, line := range lines(doc) {
		word, value, _ := strings.Cut(line, "=")
		switch word {
		case "+listType":
			out["list-type"] = value
		case "+mapType", "+structType":
			out["map-type"] = value
		case "+listMapKey":
			keys = append(keys, value)
		case "+default":
			if name, is := strings.CutPrefix(value, "ref("); is {
				text, known := constants[strings.TrimSuffix(name, ")")]
				if !known {
					fail(fmt.Errorf("a default refers to %s, which is no constant of its package", name))
				}
				quoted, _ := json.Marshal(text)
				value = string(quoted)
			}
			if !json.Valid([]byte(value)) {
				fail(fmt.Errorf("a default is no JSON: %s", value))
			}
			out["default"] = value
		}
	}
	if len(keys) > 0 {
		out["list-map-keys"] = strings.Join(keys, ",")
	}
	if key := tag.Get("patchMergeKey"); key != "" {
		out["patch-merge-key"] = key
	}
	if strategy := tag.Get("patchStrategy"); strategy != "" {
		out["patch-strategy"] = strategy
	}
	return out
}

// The scope of a kind that has a client; its markers stand right above it or in a comment of their own before that.
func scopeOf(file *ast.File, general *ast.GenDecl, spec *ast.TypeSpec) string {
	scope := ""
	for _, group := range file.Comments {
		near := group == general.Doc || group == spec.Doc || between(file, group, general)
		if !near {
			continue
		}
		for _, line := range lines(group) {
			switch line {
			case "+genclient":
				if scope == "" {
					scope = "namespaced"
				}
			case "+genclient:nonNamespaced":
				scope = "cluster"
			}
		}
	}
	return scope
}

// Whether a comment stands between the declaration before and this one.
func between(file *ast.File, group *ast.CommentGroup, general *ast.GenDecl) bool {
	if group.End() > general.Pos() {
		return false
	}
	for _, other := range file.Decls {
		if other.Pos() < general.Pos() && other.End() > group.Pos() {
			return false
		}
	}
	for _, other := range file.Decls {
		if other.Pos() > group.Pos() && other.Pos() < general.Pos() {
			return false
		}
	}
	return true
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

func lines(group *ast.CommentGroup) []string {
	if group == nil {
		return nil
	}
	var out []string
	for _, comment := range group.List {
		out = append(out, strings.TrimSpace(strings.TrimPrefix(comment.Text, "//")))
	}
	return out
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
