module github.com/fettle-dev/fettle/feed/pgp

go 1.26

require github.com/fettle-dev/fettle v0.0.0

require (
	github.com/ProtonMail/go-crypto v1.5.2
	github.com/cloudflare/circl v1.6.3 // indirect
	golang.org/x/crypto v0.41.0 // indirect
	golang.org/x/sys v0.35.0 // indirect
)

replace github.com/fettle-dev/fettle => ../../
