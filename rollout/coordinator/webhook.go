package coordinator

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout"
)

// EventsType is the payload type of what a Webhook posts.
const EventsType = "application/vnd.fettle.events.v1+json"

// maxAnswer bounds what is read of a receiver's answer, in bytes.
const maxAnswer = 4 << 10

// Events is the payload that a Webhook posts, sealed as EventsType.
type Events struct {
	Region rollout.RegionID `json:"region"`
	// First and Last are the positions of the entries, both inclusive. A receiver
	// keeps the last one that it has taken, and skips what it has.
	First   rollout.Position  `json:"first"`
	Last    rollout.Position  `json:"last"`
	Entries []json.RawMessage `json:"entries"` // as they are in the journal
}

// RetryError is an error of an EventSink that says when to try again.
type RetryError struct {
	Wait time.Duration
	Err  error
}

// Error says when, and why.
func (e *RetryError) Error() string { return fmt.Sprintf("%v (again after %v)", e.Err, e.Wait) }

// Unwrap returns why.
func (e *RetryError) Unwrap() error { return e.Err }

// WebhookOptions are what NewWebhook can be told. Nil and the zero value are the
// defaults.
type WebhookOptions struct {
	// Client sends the requests. Nil: a client of its own, which follows no
	// redirect and gives up after Timeout.
	Client *http.Client
	// Timeout is how long one request may take. 0: 30 s.
	Timeout time.Duration
	// After is where to begin if the offset file is not there yet: entries up to
	// and including it are not sent.
	After rollout.Position
}

// Webhook is an EventSink that posts batches of entries to a URL, as DSSE
// envelopes in JSON (Content-Type application/json, payload type EventsType,
// payload Events), sealed with a key, so that the receiver knows whom they are
// from. The header Idempotency-Key is REGION/FIRST-LAST.
//
// Any status from 200 to 299 says that the receiver has the batch for good.
// Every other answer, and none, is an error: the same entries are posted again,
// after the time that a Retry-After header names, at most a minute. Nothing is
// ever skipped: a receiver that wants to be rid of an entry answers 2xx. The
// position is kept in a file. Make it with NewWebhook.
type Webhook struct {
	url     string
	region  rollout.RegionID
	signer  fettle.Signer
	offset  offsetFile
	after   rollout.Position
	timeout time.Duration
	client  *http.Client
}

// NewWebhook returns the sink that posts to an http or https URL, seals with the
// signer, and keeps its position in the file at offset.
func NewWebhook(target string, region rollout.RegionID, signer fettle.Signer, offset string, o *WebhookOptions) (*Webhook, error) {
	u, err := url.Parse(target)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("coordinator: webhook: URL %q: want http or https and a host", target)
	case region == "" || signer == nil || offset == "":
		return nil, errors.New("coordinator: webhook: want a region, a signer and an offset file")
	}
	if o == nil {
		o = &WebhookOptions{}
	}
	if o.Timeout < 0 {
		return nil, fmt.Errorf("coordinator: webhook: option Timeout is %v: want 0 or more", o.Timeout)
	}
	w := &Webhook{
		url: target, region: region, signer: signer, offset: offsetFile(offset), after: o.After,
		timeout: o.Timeout, client: o.Client,
	}
	if w.timeout == 0 {
		w.timeout = 30 * time.Second
	}
	if w.client == nil {
		w.client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	return w, nil
}

// Resume implements EventSink.
func (w *Webhook) Resume(context.Context) (rollout.Position, error) {
	at, err := w.offset.load()
	return max(at, w.after), err
}

// Emit implements EventSink.
func (w *Webhook) Emit(ctx context.Context, records []rollout.Record) error {
	if len(records) == 0 {
		return ctx.Err()
	}
	body, key, err := w.body(records)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, w.timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("coordinator: webhook: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", key)
	answer, err := w.client.Do(request)
	if err != nil {
		return fmt.Errorf("coordinator: webhook: %w", err)
	}
	defer answer.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(answer.Body, maxAnswer)) // a few words for the log, if they come
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		err := fmt.Errorf("coordinator: webhook: answer %s: %.200q", answer.Status, said)
		if seconds, bad := strconv.Atoi(answer.Header.Get("Retry-After")); bad == nil && seconds >= 0 {
			return &RetryError{Wait: time.Duration(min(seconds, 3600)) * time.Second, Err: err}
		}
		return err
	}
	return w.offset.save(records[len(records)-1].Position)
}

func (w *Webhook) body(records []rollout.Record) (body []byte, key string, err error) {
	events := Events{Region: w.region, First: records[0].Position, Last: records[len(records)-1].Position}
	for _, r := range records {
		events.Entries = append(events.Entries, r.Data)
	}
	var payload bytes.Buffer
	write := json.NewEncoder(&payload)
	write.SetEscapeHTML(false) // entries stay as they are
	if err := write.Encode(events); err != nil {
		return nil, "", fmt.Errorf("coordinator: webhook: entries %d to %d: %w", events.First, events.Last, err)
	}
	sealed, err := fettle.Seal(EventsType, payload.Bytes(), w.signer)
	if err != nil {
		return nil, "", fmt.Errorf("coordinator: webhook: %w", err)
	}
	body, err = json.Marshal(sealed)
	return body, fmt.Sprintf("%s/%d-%d", w.region, events.First, events.Last), err
}
