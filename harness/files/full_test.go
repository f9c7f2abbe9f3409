package files

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestFullDisk runs TestFull with a limit of 0 bytes on files.
func TestFullDisk(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "a"), []byte("was"), 0o666); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-c", `trap "" XFSZ; ulimit -f 0 && exec "$0" -test.run '^TestFull$' -test.v`, self)
	cmd.Env = append(os.Environ(), "FILES_FULL="+folder)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
