package wire

// Fault says why a head was refused. The zero Fault is that it was not.
type Fault struct {
	Kind   Kind
	Reason string // a sentence for the client; empty if the kind says it all
}

// Kind is a class of faults, each with a status of its own.
type Kind uint8

// The kinds, in the order in which a head is checked.
const (
	NoFault            Kind = iota
	HeadTimeout             // the head did not arrive in time: 408
	TargetTooLong           // 414
	HeaderTooLarge          // 431
	BadSyntax               // of the request line or a field: 400
	BadVersion              // a major version other than 1: 505
	BadHost                 // no Host, several, or an invalid one: 400
	BadFraming              // it is not clear where the content ends: 400
	UnknownCoding           // a transfer coding other than chunked: 501
	UnknownExpectation      // an Expect other than 100-continue: 417
)
