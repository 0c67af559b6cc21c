package etcd

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/haplane/haplane/etcdcheck"
)

// compareGateway reads what the gateway answers, which quotes its integers.
func (c *cluster) compareGateway(t *testing.T) {
	t.Helper()
	c.settle(t, func() error {
		before, err := c.tellAll(c.members, true)
		if err != nil {
			return err
		}
		var text []byte
		for _, s := range c.members {
			answer, err := c.post(s, "/v3/maintenance/status")
			if err != nil {
				return err
			}
			text = append(text, answer...)
		}
		members, err := c.post(c.members[0], "/v3/cluster/member/list")
		if err != nil {
			return err
		}
		after, err := c.tellAll(c.members, true)
		if err != nil {
			return err
		}
		if diff := cmp.Diff(before, after); diff != "" {
			return fmt.Errorf("%w:\n%s", errMoved, diff)
		}
		got, err := etcdcheck.Parse(append(text, members...))
		if err != nil {
			return fmt.Errorf("%w\n%s%s", err, text, members)
		}
		want := etcdcheck.Sample{Statuses: before.Statuses, Members: before.Members}
		for i := range got.Statuses { // the gateway does not say its own address
			got.Statuses[i].Endpoint = want.Statuses[i].Endpoint
			if len(got.Statuses[i].Errors) == 0 {
				got.Statuses[i].Errors = nil
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			return fmt.Errorf("read differs (-server +gateway):\n%s\n%s%s", diff, text, members)
		}
		return nil
	})
}

func (c *cluster) post(s *server, path string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), askTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+s.client+path, bytes.NewReader([]byte("{}")))
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s%s: %s: %s", s.client, path, resp.Status, text)
	}
	return append(text, '\n'), err
}
