package e2e

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"sync"
	"time"
)

// The load under which a fault is looked at.
const (
	loadInterval  = 50 * time.Millisecond
	watchers      = 200
	beatInterval  = 500 * time.Millisecond
	longInterval  = 250 * time.Millisecond
	longRequest   = 5 * time.Second
	beatNamespace = "/api/v1/namespaces/kube-public/configmaps"
	beatName      = "beat"
)

// impact is what clients saw of a fault.
type impact struct {
	requests service
	// cut is how many watches broke off, ended how many the server itself ended,
	// and silence the longest time that any watch saw nothing.
	cut, ended int
	silence    time.Duration
	// long is how many requests of five seconds there were, and longCut how many
	// of them broke off.
	long, longCut int
}

// hurt is how many requests failed or took over a second.
func (i impact) hurt() int { return i.requests.Failed + i.requests.Slow }

// load is clients of several kinds at work.
type load struct {
	client *client
	length time.Duration
	mu     sync.Mutex
	impact impact
	// begun is when the watches were all established; zero before.
	begun time.Time
}

// run keeps the load up for its length, and calls during when all clients are at
// work.
func (l *load) run(ctx context.Context, during func()) impact {
	watching, stopWatching := context.WithCancel(ctx)
	defer stopWatching()
	var background sync.WaitGroup
	background.Go(func() { l.beat(watching) })
	for range watchers {
		background.Go(func() { l.watch(watching) })
	}
	l.settle(ctx)
	asking, stop := context.WithTimeout(ctx, l.length)
	defer stop()
	var foreground sync.WaitGroup
	foreground.Go(during)
	foreground.Go(func() { l.askLong(ctx) })
	answers := l.client.keepAsking(asking, loadInterval)
	foreground.Wait()
	stopWatching()
	background.Wait()
	l.impact.requests = judge(answers)
	return l.impact
}

// settle gives the watches time to connect before they count.
func (l *load) settle(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(4 * time.Second):
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.begun = time.Now()
}

// beat changes an object for the watches to see.
func (l *load) beat(ctx context.Context) {
	object := `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"` + beatName + `"}}`
	l.write(ctx, http.MethodPost, beatNamespace, object)
	ticker := time.NewTicker(beatInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			go l.write(ctx, http.MethodPatch, beatNamespace+"/"+beatName, `{"data":{"at":"`+now.Format(time.RFC3339Nano)+`"}}`)
		}
	}
}

// write is tried once: that a fault stops writes too is seen as silence.
func (l *load) write(ctx context.Context, method, path, body string) {
	limited, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(limited, method, l.client.server+path, strings.NewReader(body))
	if err != nil {
		return
	}
	request.Header.Set("Content-Type", "application/json")
	if method == http.MethodPatch {
		request.Header.Set("Content-Type", "application/merge-patch+json")
	}
	if response, err := l.client.streams.Do(request); err == nil {
		response.Body.Close()
	}
}

// watch keeps a watch on the object, and takes it up again when it is cut.
func (l *load) watch(ctx context.Context) {
	last := time.Now()
	seen := func() {
		l.heard(last)
		last = time.Now()
	}
	for ctx.Err() == nil {
		end := l.stream(ctx, beatNamespace+"?watch=true&timeoutSeconds=3600&fieldSelector=metadata.name%3D"+beatName, seen)
		if ctx.Err() != nil {
			break
		}
		switch end {
		case ended:
			l.count(func(i *impact) { i.ended++ })
			continue
		case brokeOff:
			l.count(func(i *impact) { i.cut++ })
			continue
		}
		select {
		case <-ctx.Done():
		case <-time.After(50 * time.Millisecond):
		}
	}
	seen()
}

// heard notes for how long a watch had seen nothing.
func (l *load) heard(last time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.begun.IsZero() && last.After(l.begun) {
		l.impact.silence = max(l.impact.silence, time.Since(last))
	}
}

// count changes the impact, when the load counts.
func (l *load) count(change func(*impact)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.begun.IsZero() {
		change(&l.impact)
	}
}

// askLong sends requests that the API server answers over five seconds, and
// none that would end later than the load.
func (l *load) askLong(ctx context.Context) {
	var wait sync.WaitGroup
	ticker := time.NewTicker(longInterval)
	defer ticker.Stop()
	for end := time.Now().Add(l.length - longRequest - time.Second); time.Now().Before(end) && ctx.Err() == nil; {
		wait.Go(func() {
			end := l.stream(ctx, "/api/v1/namespaces?watch=true&timeoutSeconds=5", func() {})
			l.count(func(i *impact) {
				i.long++
				if end == brokeOff {
					i.longCut++
				}
			})
		})
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
	}
	wait.Wait()
}

// streamEnd is how an answer ended.
type streamEnd int

const (
	// neverBegan is an answer that did not come, or was a refusal.
	neverBegan streamEnd = iota
	// ended is the end that the server gave it.
	ended
	// brokeOff is a connection that was cut in the middle of it.
	brokeOff
)

// stream reads an answer line by line to its end.
func (l *load) stream(ctx context.Context, path string, line func()) streamEnd {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, l.client.server+path, nil)
	if err != nil {
		return neverBegan
	}
	response, err := l.client.streams.Do(request)
	if err != nil {
		return neverBegan
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return neverBegan
	}
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line()
	}
	if lines.Err() != nil {
		return brokeOff
	}
	return ended
}
