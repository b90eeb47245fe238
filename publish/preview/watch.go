package preview

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"
)

// folderWatch says that something in a folder has changed.
type folderWatch struct {
	changed chan struct{} // has one when something has
	notify  *fsnotify.Watcher
	dir     string
	hidden  string
}

// quiet is for how long nothing more must change: editors write in steps.
const quiet = 80 * time.Millisecond

// watchFolder watches all that is in a folder but hidden and git's own.
func watchFolder(dir, hidden string) (*folderWatch, error) {
	notify, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watch %s: %w", dir, err)
	}
	w := &folderWatch{changed: make(chan struct{}, 1), notify: notify, dir: dir, hidden: hidden}
	if err := w.add(dir); err != nil {
		notify.Close()
		return nil, err
	}
	go w.run()
	return w, nil
}

func (w *folderWatch) close() { w.notify.Close() }

// add watches a folder and those below.
func (w *folderWatch) add(dir string) error {
	return filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil // it has just gone
		case !d.IsDir():
			return nil
		case w.ignores(name):
			return fs.SkipDir
		}
		switch err := w.notify.Add(name); {
		case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EMFILE):
			return fmt.Errorf("%s has more folders than the system can watch (%w); on Linux, raise sysctl fs.inotify.max_user_watches or max_user_instances", w.dir, err)
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
			return nil // if the books need it they say so
		default:
			return err
		}
	})
}

func (w *folderWatch) ignores(name string) bool {
	rel, err := filepath.Rel(w.dir, name)
	if err != nil || rel == "." {
		return false
	}
	rel = filepath.ToSlash(rel)
	return rel == w.hidden || strings.HasPrefix(rel, w.hidden+"/") && w.hidden != "" || rel == ".git" || strings.HasPrefix(rel, ".git/")
}

func (w *folderWatch) run() {
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	for {
		select {
		case e, ok := <-w.notify.Events:
			switch {
			case !ok:
				return
			case w.ignores(e.Name) || e.Op == fsnotify.Chmod:
				continue
			case e.Has(fsnotify.Create):
				_ = w.add(e.Name) // a file is none of its folders
			}
			timer.Reset(quiet)
		case _, ok := <-w.notify.Errors:
			if !ok {
				return
			}
			timer.Reset(quiet) // something may have been missed
		case <-timer.C:
			select {
			case w.changed <- struct{}{}:
			default:
			}
		}
	}
}
