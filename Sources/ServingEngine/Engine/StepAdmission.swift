import DeckCore

/// Whether new requests may begin. While admission is paused they wait in the queue, within its bounds, and say why; what
/// began goes on. A pause does not outlive the engine.
extension StepLoop {
    /// Who paused admission, and when on the engine's clock.
    struct AdmissionPause {
        let actor: String
        let since: Double
    }

    func setAdmission(isOpen: Bool, _ pending: PendingCommand) {
        let message: String
        switch (isOpen, admissionPause) {
        case (true, nil): message = "admission is open already"
        case (false, let pause?): message = "admission is paused already, by \(pause.actor)"
        case (true, let pause?):
            message = "resumed admission after \(Forecast.tenths(now - pause.since)) s, \(heldRequests) waited"
            admissionPause = nil
        case (false, nil):
            message = "paused admission, \(heldRequests) wait and \(scheduler.running.count) go on"
            admissionPause = AdmissionPause(actor: pending.actor, since: now)
        }
        scheduler.pausedBy = admissionPause?.actor
        conclude(pending, .done(message), kind: .admission, subject: nil)
    }

    private var heldRequests: String {
        scheduler.waitingCount.counted("request")
    }

    /// For screens: who paused it and how long ago; nil while it is open.
    func admissionSentence(now: Double) -> String? {
        admissionPause.map { "paused by \($0.actor) \(Int(now - $0.since)) s ago" }
    }
}
