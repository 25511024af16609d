module github.com/fettle-dev/fettle/internal/tools

go 1.26

require github.com/fettle-dev/fettle v0.0.0

replace github.com/fettle-dev/fettle => ../../
