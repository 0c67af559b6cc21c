package joinplan

import "fmt"

// Edit is a change of a file's text. Those of [EditFile] are small structs: they
// compare, print and marshal as what they are.
type Edit interface {
	// Apply gives the new text for the old one, and the same where the change
	// is there already. It fails where the text is not what it should be;
	// nothing is to be written then.
	Apply(old []byte) ([]byte, error)
	// String says the change to people, after "In FILE ".
	fmt.Stringer
}

// EditFile changes a file that stands on the host, and leaves its owner and its
// mode. It is to be replaced atomically: whoever reads it sees the old text or
// the new one.
type EditFile struct {
	// Path on the host, absolute.
	Path string
	// Edit gives the new text for the old one.
	Edit Edit
}

// Apply is that of the edit.
func (a EditFile) Apply(old []byte) ([]byte, error) {
	edited, err := a.Edit.Apply(old)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a.Path, err)
	}
	return edited, nil
}

func (EditFile) isAction() {}
