package fettle

import "testing"

// The vector is the one in the DSSE protocol document, section "Test Vectors".
func TestPreAuthVector(t *testing.T) {
	t.Parallel()
	got := string(preAuth("http://example.com/HelloWorld", []byte("hello world")))
	want := "DSSEv1 29 http://example.com/HelloWorld 11 hello world"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
