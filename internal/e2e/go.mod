module github.com/haplane/haplane/internal/e2e

go 1.25.0

replace github.com/haplane/haplane => ../..

require golang.org/x/sys v0.38.0 // indirect
