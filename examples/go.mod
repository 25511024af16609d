module github.com/fettle-dev/fettle/examples

go 1.26

require (
	github.com/fettle-dev/fettle v0.0.0
	github.com/fettle-dev/fettle/feed/decompress v0.0.0
	github.com/fettle-dev/fettle/feed/pgp v0.0.0
	github.com/stretchr/testify v1.12.1
	go.yaml.in/yaml/v3 v3.0.5
)

require (
	github.com/ProtonMail/go-crypto v1.5.2 // indirect
	github.com/RoaringBitmap/roaring/v2 v2.30.0 // indirect
	github.com/bits-and-blooms/bitset v1.24.4 // indirect
	github.com/cloudflare/circl v1.6.3 // indirect
	github.com/klauspost/compress v1.20.3 // indirect
	github.com/mikelolasagasti/xz v1.0.1 // indirect
	github.com/mschoch/smat v0.2.0 // indirect
	github.com/pierrec/lz4/v4 v4.1.33 // indirect
	golang.org/x/crypto v0.41.0 // indirect
	golang.org/x/sys v0.35.0 // indirect
)

replace (
	github.com/fettle-dev/fettle => ../
	github.com/fettle-dev/fettle/feed/decompress => ../feed/decompress
	github.com/fettle-dev/fettle/feed/pgp => ../feed/pgp
)
