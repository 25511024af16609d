package rollout

import "strconv"

func (s *State) decideConfigure(d *decided, c Configure) error {
	if s.ready && c.Config.Region != s.config.Region {
		return &CommandError{
			Command: "configure", Field: "region", Value: string(c.Config.Region),
			Rule: "want " + strconv.Quote(string(s.config.Region)) + ", as the journal says",
		}
	}
	if c.Config.Region == "" {
		return &CommandError{Command: "configure", Field: "region", Rule: "it is missing"}
	}
	d.add(&RegionConfigured{Config: c.Config, By: c.By})
	return nil
}

func (s *State) decideTakeOver(d *decided, c TakeOver) error {
	if c.Epoch > maxNumber {
		return &CommandError{
			Command: "take over", Field: "epoch", Value: strconv.FormatUint(c.Epoch, 10),
			Rule: "want a number up to " + strconv.FormatUint(maxNumber, 10),
		}
	}
	if c.Epoch <= s.epoch {
		return &CommandError{
			Command: "take over", Field: "epoch", Value: strconv.FormatUint(c.Epoch, 10),
			Rule: "want one above " + strconv.FormatUint(s.epoch, 10) + ", which " + s.holder + " holds",
		}
	}
	d.add(&TakenOver{Epoch: c.Epoch, Holder: c.Holder})
	return nil
}
