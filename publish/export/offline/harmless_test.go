package offline

import "testing"

func TestSafeEnd(t *testing.T) {
	for _, tt := range []struct{ end, mediaType, want string }{
		{".png", "image/png", ".png"},
		{".csv", "text/csv", ".csv"},
		{".json", "application/json", ".json"},
		{".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx"},
		{".bat", "text/plain; charset=utf-8", ".bat.txt"},
		{".hta", "text/plain; charset=utf-8", ".hta.txt"},
		{".py", "text/plain; charset=utf-8", ".py.txt"},
		{".js", "text/javascript", ".js.txt"},
		{".xml", "application/xml", ".xml.txt"},
		{"", "text/plain", ".txt"},
		{".jar", "application/zip", ".jar.zip"},
		{".exe", "application/octet-stream", ".exe.bin"},
		{".docm", "application/zip", ".docm.zip"},
		{".desktop", "text/plain", ".desktop.txt"},
		{".lnk", "application/octet-stream", ".lnk.bin"},
		{"", "application/octet-stream", ".bin"},
	} {
		if got := safeEnd(tt.end, tt.mediaType); got != tt.want {
			t.Errorf("%s of %s: %s, want %s", tt.end, tt.mediaType, got, tt.want)
		}
	}
}
