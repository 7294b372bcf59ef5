"""KEDA's ExternalScaler service: tells when a worker class is needed and how many replicas its work asks for."""
