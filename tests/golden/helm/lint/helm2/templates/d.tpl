helm.sh/hook:crd-install
