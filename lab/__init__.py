"""The test centre (模拟环境): puts card, issuer and reader client together."""
