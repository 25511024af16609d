module github.com/fettle-dev/fettle/examples

go 1.26

require github.com/fettle-dev/fettle v0.0.0

replace github.com/fettle-dev/fettle => ../
