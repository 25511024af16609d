package rollout

// The kinds, as they stand in journals. They are never renamed.
const (
	kindRegionConfigured = "region-configured"
	kindTakenOver        = "taken-over"
	kindRolloutProposed  = "rollout-proposed"
	kindRolloutApproved  = "rollout-approved"
	kindPhaseChanged     = "phase-changed"
	kindHostsJoined      = "hosts-joined"
	kindHostsLeft        = "hosts-left"
	kindHostsRelabelled  = "hosts-relabelled"
	kindMembersAssigned  = "members-assigned"
	kindRingOpened       = "ring-opened"
	kindGateJudged       = "gate-judged"
	kindRingPassed       = "ring-passed"
	kindBlockSet         = "block-set"
	kindBlockLifted      = "block-lifted"
	kindGrantsIssued     = "grants-issued"
	kindGrantsLapsed     = "grants-lapsed"
	kindOutcomesRecorded = "outcomes-recorded"
	kindHostsQuarantined = "hosts-quarantined"
	kindHostsReleased    = "hosts-released"
	kindSignalReceived   = "signal-received"
	kindOutageEnded      = "outage-ended"
	kindPermitGiven      = "permit-given"
	kindSummaryReceived  = "summary-received"
	kindBackoutStarted   = "backout-started"
)

// Kind returns the event's name in the journal.
func (*RegionConfigured) Kind() string { return kindRegionConfigured }

// Kind returns the event's name in the journal.
func (*TakenOver) Kind() string { return kindTakenOver }

// Kind returns the event's name in the journal.
func (*RolloutProposed) Kind() string { return kindRolloutProposed }

// Kind returns the event's name in the journal.
func (*RolloutApproved) Kind() string { return kindRolloutApproved }

// Kind returns the event's name in the journal.
func (*PhaseChanged) Kind() string { return kindPhaseChanged }

// Kind returns the event's name in the journal.
func (*HostsJoined) Kind() string { return kindHostsJoined }

// Kind returns the event's name in the journal.
func (*HostsLeft) Kind() string { return kindHostsLeft }

// Kind returns the event's name in the journal.
func (*HostsRelabelled) Kind() string { return kindHostsRelabelled }

// Kind returns the event's name in the journal.
func (*MembersAssigned) Kind() string { return kindMembersAssigned }

// Kind returns the event's name in the journal.
func (*RingOpened) Kind() string { return kindRingOpened }

// Kind returns the event's name in the journal.
func (*GateJudged) Kind() string { return kindGateJudged }

// Kind returns the event's name in the journal.
func (*RingPassed) Kind() string { return kindRingPassed }

// Kind returns the event's name in the journal.
func (*BlockSet) Kind() string { return kindBlockSet }

// Kind returns the event's name in the journal.
func (*BlockLifted) Kind() string { return kindBlockLifted }

// Kind returns the event's name in the journal.
func (*GrantsIssued) Kind() string { return kindGrantsIssued }

// Kind returns the event's name in the journal.
func (*GrantsLapsed) Kind() string { return kindGrantsLapsed }

// Kind returns the event's name in the journal.
func (*OutcomesRecorded) Kind() string { return kindOutcomesRecorded }

// Kind returns the event's name in the journal.
func (*HostsQuarantined) Kind() string { return kindHostsQuarantined }

// Kind returns the event's name in the journal.
func (*HostsReleased) Kind() string { return kindHostsReleased }

// Kind returns the event's name in the journal.
func (*SignalReceived) Kind() string { return kindSignalReceived }

// Kind returns the event's name in the journal.
func (*OutageEnded) Kind() string { return kindOutageEnded }

// Kind returns the event's name in the journal.
func (*PermitGiven) Kind() string { return kindPermitGiven }

// Kind returns the event's name in the journal.
func (*SummaryReceived) Kind() string { return kindSummaryReceived }

// Kind returns the event's name in the journal.
func (*BackoutStarted) Kind() string { return kindBackoutStarted }

func (e *RegionConfigured) appendData(b []byte) []byte { return appendJSON(b, e) }
func (e *TakenOver) appendData(b []byte) []byte        { return appendJSON(b, e) }
func (e *RolloutProposed) appendData(b []byte) []byte  { return appendJSON(b, e) }
func (e *RolloutApproved) appendData(b []byte) []byte  { return appendJSON(b, e) }
func (e *PhaseChanged) appendData(b []byte) []byte     { return appendJSON(b, e) }
func (e *HostsRelabelled) appendData(b []byte) []byte  { return appendJSON(b, e) }
func (e *RingOpened) appendData(b []byte) []byte       { return appendJSON(b, e) }
func (e *RingPassed) appendData(b []byte) []byte       { return appendJSON(b, e) }
func (e *BlockSet) appendData(b []byte) []byte         { return appendJSON(b, e) }
func (e *BlockLifted) appendData(b []byte) []byte      { return appendJSON(b, e) }
func (e *HostsQuarantined) appendData(b []byte) []byte { return appendJSON(b, e) }
func (e *HostsReleased) appendData(b []byte) []byte    { return appendJSON(b, e) }
func (e *SignalReceived) appendData(b []byte) []byte   { return appendJSON(b, e) }
func (e *OutageEnded) appendData(b []byte) []byte      { return appendJSON(b, e) }
func (e *PermitGiven) appendData(b []byte) []byte      { return appendJSON(b, e) }
func (e *SummaryReceived) appendData(b []byte) []byte  { return appendJSON(b, e) }
func (e *BackoutStarted) appendData(b []byte) []byte   { return appendJSON(b, e) }
