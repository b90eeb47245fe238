package messages

// Site has the texts of the web site and of the frame around the pages of books.
type Site struct {
	Skip          string `toml:"skip"`
	Contents      string `toml:"contents"`
	Previous      string `toml:"previous"`
	Next          string `toml:"next"`
	Search        string `toml:"search"`
	Found         string `toml:"found"`
	Draft         string `toml:"draft"`
	DraftOf       string `toml:"draft-of"`
	DraftNote     string `toml:"draft-note"`
	License       string `toml:"license"`
	By            string `toml:"by"`
	AlsoAs        string `toml:"also-as"`
	Catalogue     string `toml:"catalogue"`
	NoBooks       string `toml:"no-books"`
	NoRelease     string `toml:"no-release"`
	Private       string `toml:"private"`
	Latest        string `toml:"latest"`
	Releases      string `toml:"releases"`
	AllReleases   string `toml:"all-releases"`
	OtherReleases string `toml:"other-releases"`
	Drafts        string `toml:"drafts"`
	Clone         string `toml:"clone"`
	Branch        string `toml:"branch"`
	Problems      string `toml:"problems"`
	Book          string `toml:"book"`
	Books         string `toml:"books"`
	Number        string `toml:"number"`
	Date          string `toml:"date"`
	Commit        string `toml:"commit"`
	Ref           string `toml:"ref"`
	Pushes        string `toml:"pushes"`
	Who           string `toml:"who"`
	Signature     string `toml:"signature"`
	What          string `toml:"what"`
	Verdict       string `toml:"verdict"`
	Newer         string `toml:"newer"`
	Older         string `toml:"older"`
	Published     string `toml:"published"`
	Updated       string `toml:"updated"`
	Language      string `toml:"language"`
	Source        string `toml:"source"`
	Withdrawn     string `toml:"withdrawn"`
	Blocked       string `toml:"blocked"`
	Reason        string `toml:"reason"`
	NewerRelease  string `toml:"newer-release"`
	Files         string `toml:"files"`
	Request       string `toml:"request"`
	Pages         string `toml:"pages"`
	NoHits        string `toml:"no-hits"`
	NoReleases    string `toml:"no-releases"`
	Here          string `toml:"here"`
	Publication   string `toml:"publication"`
	Push          string `toml:"push"`
	NoPushes      string `toml:"no-pushes"`
	ErrorsBefore  string `toml:"errors-before"`
	Before        string `toml:"before"`
	NoProblems    string `toml:"no-problems"`
	MoreProblems  string `toml:"more-problems"`
	Withheld      string `toml:"withheld"`
	SignIn        string `toml:"sign-in"`
	Suggestion    string `toml:"suggestion"`
	Said          string `toml:"said"`
	Changes       string `toml:"changes"`
	ChangedSince  string `toml:"changed-since"`
	NoChanges     string `toml:"no-changes"`
	SamePages     string `toml:"same-pages"`
	Media         string `toml:"media"`
	Added         string `toml:"added"`
	Removed       string `toml:"removed"`
	MovedHere     string `toml:"moved-here"`
	NextChange    string `toml:"next-change"`
	MarkedPlaces  string `toml:"marked-places"`
	NewPage       string `toml:"new-page"`
	LostPage      string `toml:"lost-page"`
	Retitled      string `toml:"retitled"`
	OnlyNumbers   string `toml:"only-numbers"`
	ChangedWords  string `toml:"changed-words"`
	MovedBlocks   string `toml:"moved-blocks"`
	Images        string `toml:"images"`
	TooLarge      string `toml:"too-large"`
	Uncompared    string `toml:"uncompared"`
	Coarse        string `toml:"coarse"`
	HowToCite     string `toml:"how-to-cite"`
	MirrorOf      string `toml:"mirror-of"`
	LastPull      string `toml:"last-pull"`
	NextPull      string `toml:"next-pull"`
	AtOnce        string `toml:"at-once"`
	WhenAsked     string `toml:"when-asked"`
	PullNew       string `toml:"pull-new"`
	PullCurrent   string `toml:"pull-current"`
	PullUpdated   string `toml:"pull-updated"`
	PullRefused   string `toml:"pull-refused"`
	PullFailed    string `toml:"pull-failed"`

	Contributions   string `toml:"contributions"`
	Contribution    string `toml:"contribution"`
	NoContributions string `toml:"no-contributions"`
	State           string `toml:"state"`
	StateOpen       string `toml:"state-open"`
	StateAccepted   string `toml:"state-accepted"`
	StateClosed     string `toml:"state-closed"`
	Version         string `toml:"version"`
	Versions        string `toml:"versions"`
	Merge           string `toml:"merge"`
	Merges          string `toml:"merges"`
	Conflicts       string `toml:"conflicts"`
	BranchMoved     string `toml:"branch-moved"`
	Outdated        string `toml:"outdated"`
	BranchDeleted   string `toml:"branch-deleted"`
	ApprovedBy      string `toml:"approved-by"`
	Against         string `toml:"against"`
	Reviews         string `toml:"reviews"`
	Approves        string `toml:"approves"`
	RequestsChanges string `toml:"requests-changes"`
	ReadChanges     string `toml:"read-changes"`
	SinceVersion    string `toml:"since-version"`
	NotRendered     string `toml:"not-rendered"`
	DerivedFrom     string `toml:"derived-from"`
	Derivatives     string `toml:"derivatives"`
	PushReport      string `toml:"push-report"`
	Read            string `toml:"read"`
	Download        string `toml:"download"`
	SortBy          string `toml:"sort-by"`
	ByTitle         string `toml:"by-title"`
	ByDate          string `toml:"by-date"`
	Repositories    string `toml:"repositories"`
	LinkHere        string `toml:"link-here"`
	OnThisPage      string `toml:"on-this-page"`
	ThisPageNewest  string `toml:"this-page-newest"`
	PushFirst       string `toml:"push-first"`
	PushHow         string `toml:"push-how"`
	PushOr          string `toml:"push-or"`
	PushToken       string `toml:"push-token"`
}

// Pull says how a pull of a mirror ended, or that there has been none ("new").
func (s *Site) Pull(state string) string {
	switch state {
	case "new":
		return s.PullNew
	case "current":
		return s.PullCurrent
	case "updated":
		return s.PullUpdated
	case "refused":
		return s.PullRefused
	case "failed":
		return s.PullFailed
	}
	return ""
}

// ContributionState returns the word for the state of a contribution.
func (s *Site) ContributionState(state string) string {
	switch state {
	case "open":
		return s.StateOpen
	case "accepted":
		return s.StateAccepted
	case "closed":
		return s.StateClosed
	}
	return state
}

// ReviewVerdict returns the words for the verdict of a review; empty for a remark.
func (s *Site) ReviewVerdict(verdict string) string {
	switch verdict {
	case "approve":
		return s.Approves
	case "request-changes":
		return s.RequestsChanges
	}
	return ""
}
