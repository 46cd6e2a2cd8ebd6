"""MTN's MoMo Open API, at the root as the legacy platform and under `/africa` as the platform of 2026."""
