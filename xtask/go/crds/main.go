// Command crds computes the CustomResourceDefinitions of a project from its Go types and their markers, as controller-gen
// does, and prints them as JSON. It reads no manifest of the project.
//
// A project is a folder with a module of its own, because projects ask for different versions of the same
// dependencies: types.go imports the packages whose kinds are taken, go.mod and go.sum pin them.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/packages"
	apiext "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/controller-tools/pkg/crd"
	crdmarkers "sigs.k8s.io/controller-tools/pkg/crd/markers"
	"sigs.k8s.io/controller-tools/pkg/loader"
	"sigs.k8s.io/controller-tools/pkg/markers"
)

// Project is what is printed.
type Project struct {
	Modules     []Module     `json:"modules"`
	Definitions []Definition `json:"definitions"`
}

// Module is a module that types are taken from.
type Module struct {
	Path    string `json:"path"`
	Version string `json:"version"`
	// Sum is the module's hash in go.sum, which `go` has checked.
	Sum string `json:"sum"`
	// Licence is the text of the module's own licence file, Notice that of its notice, if it has one.
	Licence string `json:"licence"`
	Notice  string `json:"notice"`
}

// Definition is one kind.
type Definition struct {
	Group    string    `json:"group"`
	Kind     string    `json:"kind"`
	Plural   string    `json:"plural"`
	Scope    string    `json:"scope"`
	Module   string    `json:"module"`
	Versions []Version `json:"versions"`
}

// Version is one version of a kind.
type Version struct {
	Name   string                  `json:"name"`
	Served bool                    `json:"served"`
	Schema *apiext.JSONSchemaProps `json:"schema"`
}

func main() {
	if len(os.Args) != 2 {
		fail(errors.New("usage: crds FOLDER"))
	}
	project, err := read(os.Args[1])
	if err != nil {
		fail(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(project); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func read(folder string) (*Project, error) {
	wanted, err := imports(filepath.Join(folder, "types.go"))
	if err != nil {
		return nil, err
	}
	folder, err = filepath.Abs(folder)
	if err != nil {
		return nil, err
	}
	roots, err := loader.LoadRootsWithConfig(&packages.Config{Dir: folder, Mode: packages.NeedModule}, wanted...)
	if err != nil {
		return nil, err
	}
	registry := &markers.Registry{}
	if err := crdmarkers.Register(registry); err != nil {
		return nil, err
	}
	// Fields of metadata inside a spec are taken as ObjectMeta has them: more than some projects publish, never less.
	reading := &crd.Parser{
		Collector:                  &markers.Collector{Registry: registry},
		Checker:                    &loader.TypeChecker{NodeFilters: []loader.NodeFilter{crd.Generator{}.CheckFilter()}},
		IgnoreUnexportedFields:     true,
		AllowDangerousTypes:        true,
		GenerateEmbeddedObjectMeta: true,
	}
	crd.AddKnownTypes(reading)
	for _, root := range roots {
		reading.NeedPackage(root)
	}
	meta := crd.FindMetav1(roots)
	if meta == nil {
		return nil, fmt.Errorf("no package of %s has kinds", folder)
	}
	var project Project
	for _, kind := range crd.FindKubeKinds(reading, meta) {
		reading.NeedCRDFor(kind, nil)
		made := reading.CustomResourceDefinitions[kind]
		crd.FixTopLevelMetadata(made)
		definition := Definition{
			Group: kind.Group, Kind: kind.Kind, Plural: made.Spec.Names.Plural, Scope: string(made.Spec.Scope),
		}
		for _, root := range roots {
			if reading.GroupVersions[root].Group == kind.Group {
				definition.Module = root.Module.Path
			}
		}
		for _, version := range made.Spec.Versions {
			if version.Schema == nil {
				return nil, fmt.Errorf("%s: version %s has no schema", kind, version.Name)
			}
			definition.Versions = append(definition.Versions, Version{version.Name, version.Served, version.Schema.OpenAPIV3Schema})
		}
		project.Definitions = append(project.Definitions, definition)
	}
	if loader.PrintErrors(roots, packages.TypeError) {
		return nil, fmt.Errorf("%s: the types could not be read in full", folder)
	}
	slices.SortFunc(project.Definitions, func(a, b Definition) int {
		return strings.Compare(a.Group+" "+a.Kind, b.Group+" "+b.Kind)
	})
	project.Modules, err = modules(folder, roots)
	return &project, err
}

// imports lists what a Go file imports.
func imports(path string) ([]string, error) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	var found []string
	for _, one := range file.Imports {
		name, err := strconv.Unquote(one.Path.Value)
		if err != nil {
			return nil, err
		}
		found = append(found, name)
	}
	return found, nil
}

var (
	licenceName = regexp.MustCompile(`(?i)^licen[cs]e(\.(md|txt))?$`)
	noticeName  = regexp.MustCompile(`(?i)^notice(\.(md|txt))?$`)
)

// modules lists the modules of packages, sorted by path.
func modules(folder string, roots []*loader.Package) ([]Module, error) {
	sums, err := os.ReadFile(filepath.Join(folder, "go.sum"))
	if err != nil {
		return nil, err
	}
	var found []Module
	for _, root := range roots {
		from := root.Module
		if from == nil {
			return nil, fmt.Errorf("%s is in no module", root.PkgPath)
		}
		if slices.ContainsFunc(found, func(known Module) bool { return known.Path == from.Path }) {
			continue
		}
		module := Module{Path: from.Path, Version: from.Version}
		for line := range strings.Lines(string(sums)) {
			if sum, ok := strings.CutPrefix(line, from.Path+" "+from.Version+" "); ok {
				module.Sum = strings.TrimSpace(sum)
			}
		}
		if module.Sum == "" {
			return nil, fmt.Errorf("go.sum does not pin %s %s", from.Path, from.Version)
		}
		if module.Licence, err = text(from.Dir, licenceName); err != nil {
			return nil, err
		}
		if module.Notice, err = text(from.Dir, noticeName); err != nil {
			return nil, err
		}
		found = append(found, module)
	}
	slices.SortFunc(found, func(a, b Module) int { return strings.Compare(a.Path, b.Path) })
	return found, nil
}

// text is the content of the file of a folder with such a name, or nothing.
func text(folder string, name *regexp.Regexp) (string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return "", err
	}
	for _, entry := range entries {
		if name.MatchString(entry.Name()) && !entry.IsDir() {
			content, err := os.ReadFile(filepath.Join(folder, entry.Name()))
			return string(content), err
		}
	}
	return "", nil
}
