module github.com/fettle-dev/fettle/feed/decompress

go 1.26

require (
	github.com/klauspost/compress v1.20.3
	github.com/mikelolasagasti/xz v1.0.1
	github.com/pierrec/lz4/v4 v4.1.33
)

replace github.com/fettle-dev/fettle => ../../
